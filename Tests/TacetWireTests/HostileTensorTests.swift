import Foundation
import SeededGenerator
import SwiftProtobuf
import TacetWire
import Testing

@Suite struct HostileTensorTests {
  private let codec: MessageCodec

  init() throws { codec = try MessageCodec(bytes: 1024) }

  /// A correct release, changed by the test, brought back to the right length by hand.
  private func frame(_ change: (inout Tacet_V1_Tensor) -> Void) throws -> [UInt8] {
    var tensor = try codec.tensor(
      Message(kind: .release, id: 1, step: 2, site: "s", payload: .int16([1, 2, 3, 4], shape: [2, 2], scale: 0.5)))
    change(&tensor)
    while true {
      let bytes: [UInt8] = try tensor.serializedBytes()
      if bytes.count == codec.bytes { return bytes }
      tensor.padding = Data(count: tensor.padding.count + codec.bytes - bytes.count)
    }
  }

  private func problem(_ change: (inout Tacet_V1_Tensor) -> Void) throws -> String? {
    let bytes = try frame(change)
    do throws(WireError) {
      _ = try codec.decode(bytes)
      return nil
    } catch {
      if case .field(let name, _) = error { return name }
      return "\(error)"
    }
  }

  @Test func theUnchangedOneIsAccepted() throws {
    #expect(try problem { _ in } == nil)
  }

  @Test(arguments: [
    [5], [2, 3], [4, 0], [-2, -2], [], [Int64.max, Int64.max], [1 << 32, 1 << 32], [Int64.min, 4],
    [1, 1, 1, 1, 1, 1, 1, 1, 4], [2, 2, .max], [3], [4, 4],
  ])
  func shapesThatDoNotMatch(shape: [Int64]) throws {
    #expect(try problem { $0.shape = shape } == "shape")
  }

  @Test func otherFields() throws {
    #expect(try problem { $0.dtype = "float64" } == "dtype")
    #expect(try problem { $0.dtype = "" } == "scale")
    #expect(
      try problem {
        $0.dtype = ""; $0.scale = 0
      } == "dtype")
    #expect(try problem { $0.scale = .nan } == "scale")
    #expect(try problem { $0.scale = 0 } == "scale")
    #expect(try problem { $0.scale = -1 } == "scale")
    #expect(try problem { $0.scale = .infinity } == "scale")
    #expect(try problem { $0.data = Data(count: 7) } == "data")
    #expect(try problem { $0.kind = .unspecified } == "kind")
    #expect(try problem { $0.kind = .UNRECOGNIZED(99) } == "kind")
    #expect(try problem { $0.kind = .answer } == "status")
    #expect(try problem { $0.status = .ok } == "status")
    #expect(try problem { $0.status = .UNRECOGNIZED(-1) } == "status")
    #expect(try problem { $0.site = String(repeating: "s", count: 65) } == "site")
    #expect(try problem { $0.detail = String(repeating: "s", count: 257) } == "detail")
    #expect(try problem { $0.detail = "line\nforged line" } == "detail")
    #expect(try problem { $0.detail = "\u{1B}[2J" } == "detail")
    // Of an answer alone, and of one length.
    #expect(try problem { $0.inputs = Data(count: 32) } == "inputs")
    for count in [1, 31, 33] {
      let problem = try problem {
        $0.kind = .answer; $0.status = .ok; $0.inputs = Data(count: count)
      }
      #expect(problem == "inputs")
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func floatsThatAreNotFinite(value: Float) throws {
    #expect(throws: WireError.field("data", problem: "has a value that is not finite")) {
      try codec.encode(Message(kind: .query, payload: .float32([0, value], shape: [2])))
    }
    let bytes = try frame {
      $0.dtype = "float32"
      $0.scale = 0
      $0.shape = [1]
      $0.data = withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) }
    }
    #expect(throws: WireError.field("data", problem: "has a value that is not finite")) { try codec.decode(bytes) }
  }

  @Test func unknownFieldsAreRefused() throws {
    var bytes = try codec.encode(Message(kind: .cover))
    // The last field is padding; its last four bytes become field 100, varint 1, and padding is shortened by them.
    let length = try Tacet_V1_Tensor(serializedBytes: bytes).padding.count
    let prefix = bytes.count - length - 2
    bytes[prefix] = UInt8((length - 3) & 0x7F | 0x80)
    bytes[prefix + 1] = UInt8((length - 3) >> 7)
    bytes.replaceSubrange((bytes.count - 3)..., with: [0xA0, 0x06, 0x01])
    #expect(throws: WireError.notATensor) { try codec.decode(bytes) }
  }

  /// 8,000 frames of random bytes and 8,000 of a correct one with 1 to 8 bytes changed: any outcome but a crash, and
  /// what is accepted must survive a round trip.
  @Test func randomAndMutatedFramesNeverTrap() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("hostile frames: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let small = try MessageCodec(bytes: 512)
    let good = try small.encode(
      Message(kind: .release, id: 3, step: 4, site: "site-3", payload: .int16([9, 8, 7, 6], shape: [4], scale: 1)))
    var accepted = 0
    for round in 0..<16_000 {
      var frame = good
      if round.isMultiple(of: 2) {
        let random = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
        frame.replaceSubrange(0..<64, with: random)
      } else {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          let place = Int.random(in: 0..<(Bool.random(using: &random) ? 60 : 512), using: &random)
          frame[place] = UInt8.random(in: 0...255, using: &random)
        }
      }
      guard let message = try? small.decode(frame) else { continue }
      accepted += 1
      #expect(try small.decode(small.encode(message)) == message, "seed \(seed)")
    }
    // Mutations inside the padding change nothing, so many must be accepted; otherwise the test tests nothing.
    #expect(accepted > 100, "seed \(seed)")
    #expect(accepted < 8_000, "seed \(seed)")
  }
}
