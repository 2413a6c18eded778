import Foundation
import SeededGenerator
import SwiftProtobuf
import TacetWire
import Testing

/// The bytes that are written and read without the generated type, held to what SwiftProtobuf makes of them.
@Suite struct CanonicalFormTests {
  private static func message(_ random: inout SeededGenerator) -> Message {
    let kind = Message.Kind.allCases.randomElement(using: &random) ?? .cover
    var message = Message(
      kind: kind, id: Self.number(&random), step: Self.number(&random), site: Self.text(64, &random),
      detail: Self.text(256, &random), model: Self.text(64, &random), payload: Self.payload(&random))
    if kind == .answer {
      message.status = Message.Status.allCases.filter { $0 != .unspecified }.randomElement(using: &random) ?? .ok
    }
    if message.status == .ok, Bool.random(using: &random) {
      message.inputs = (0..<Message.inputsLength).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
    if Bool.random(using: &random) {
      let count = Int.random(in: 2...Message.Part.mostParts, using: &random)
      message.part = Message.Part(index: Int.random(in: 0..<count, using: &random), count: count)
    }
    return message
  }

  private static func number(_ random: inout SeededGenerator) -> UInt64 {
    Bool.random(using: &random) ? UInt64.random(in: 0...2, using: &random) : .random(in: 0 ... .max, using: &random)
  }

  private static func text(_ limit: Int, _ random: inout SeededGenerator) -> String {
    let alphabet: [Character] = ["a", "Z", "/", "-", " ", "ü", "語", "🜁", "\u{A0}"]
    let count = Int.random(in: 0...limit / 4, using: &random)
    guard Bool.random(using: &random) else { return "" }
    return String((0..<count).compactMap { _ in alphabet.randomElement(using: &random) })
  }

  private static func payload(_ random: inout SeededGenerator) -> Payload {
    let shape = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 1...12, using: &random) }
    let count = shape.reduce(1, *)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return .none
    case 3: return .uint8((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }, shape: shape)
    case 1:
      let values = (0..<count).map { _ in Int16.random(in: .min ... .max, using: &random) }
      return .int16(values, shape: shape, scale: Float.random(in: 0.001...1000, using: &random))
    case 2:
      return .float32((0..<count).map { _ in Float.random(in: -1e30...1e30, using: &random) }, shape: shape)
    default:
      let hashes = (0..<Int.random(in: 0...3, using: &random)).map { _ in [UInt8](repeating: 7, count: 32) }
      return .checkpoint(
        CheckpointPart(key: "key", note: "note\n", from: number(&random), offset: 2, count: 9, hashes: hashes))
    }
  }

  private static func judged(_ frame: [UInt8]) throws -> Message {
    let tensor: Tacet_V1_Tensor
    do {
      tensor = try Tacet_V1_Tensor(serializedBytes: frame)
    } catch {
      throw WireError.notATensor
    }
    return try Message(tensor)
  }

  /// 4,000 messages, with every field that there is, of every length of the fill.
  @Test func whatIsWrittenIsWhatSwiftProtobufWrites() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("canonical form: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for round in 0..<4_000 {
      let message = Self.message(&random)
      let codec = try MessageCodec(bytes: [8192, 8193, 20_000, 1 << 15][round % 4] + round / 4 % 400)
      let frame = try codec.encode(message)
      let expected: [UInt8] = try codec.tensor(message).serializedBytes()
      // Each comparison apart from its expectation, which would print thousands of bytes.
      let isWritten = frame == expected
      let isRead = try codec.decode(frame) == message
      let isJudged = try Self.judged(frame) == message
      #expect(isWritten && isRead && isJudged, "seed \(seed), round \(round): \(isWritten) \(isRead) \(isJudged)")
    }
  }

  /// 40,000 frames with bytes changed at random, put in or taken out: the verdict is SwiftProtobuf's, word for word.
  @Test func whatIsReadIsWhatSwiftProtobufReads() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("changed frames: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let codec = try MessageCodec(bytes: 8192)
    var accepted = 0
    for _ in 0..<40_000 {
      var frame = try codec.encode(Self.message(&random))
      let head = min(frame.count, 200)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<head, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: frame[place] = UInt8.random(in: 0...255, using: &random)
        case 1: frame[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: frame.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default: frame.remove(at: place)
        }
      }
      while frame.count < codec.bytes { frame.append(0) }
      frame.removeLast(frame.count - codec.bytes)
      let (read, expected) = (Result { try codec.decode(frame) }, Result { try Self.judged(frame) })
      switch (read, expected) {
      case (.success(let read), .success(let expected)):
        accepted += 1
        let isSame = read == expected
        #expect(isSame, "seed \(seed)")
      case (.failure(let read as WireError), .failure(let expected as WireError)):
        #expect(read == expected, "seed \(seed)")
      default:
        Issue.record("seed \(seed): one reads what the other does not")
      }
    }
    #expect(accepted > 1_000, "seed \(seed)")
  }

  /// What is right for protobuf and not in the form that is written: order, defaults spelt out, long varints, fields twice.
  @Test func otherFormsAreReadAsWell() throws {
    let codec = try MessageCodec(bytes: 512)
    let forms: [(bytes: [UInt8], id: UInt64)] = [
      ([0x28, 3, 0x39, 5, 0, 0, 0, 0, 0, 0, 0], 5),
      ([0x39, 5, 0, 0, 0, 0, 0, 0, 0, 0x28, 3], 5),
      ([0x28, 0x83, 0x00, 0x39, 6, 0, 0, 0, 0, 0, 0, 0], 6),
      ([0x28, 1, 0x28, 3, 0x30, 0, 0x4A, 0], 0),
      ([0x39, 9, 0, 0, 0, 0, 0, 0, 0, 0x28, 3, 0x39, 8, 0, 0, 0, 0, 0, 0, 0], 8),
    ]
    for form in forms {
      let padding = 512 - form.bytes.count - 3
      let length = [UInt8(padding & 0x7F | 0x80), UInt8(padding >> 7)]
      let frame = form.bytes + [0x7A] + length + [UInt8](repeating: 0, count: padding)
      #expect(try codec.decode(frame) == Message(kind: .cover, id: form.id))
      #expect(try Self.judged(frame) == Message(kind: .cover, id: form.id))
    }
  }
}
