import Foundation
import TacetWire
import Testing

/// A checkpoint's proof of any length travels in messages of one size.
@Suite struct CheckpointPartTests {
  private static func hashes(_ count: Int) -> [[UInt8]] {
    (0..<count).map { Array(repeating: UInt8($0), count: 32) }
  }

  private static let part = CheckpointPart(
    key: "tacet-ledger/1234567890abcdef+01234567+" + String(repeating: "A", count: 44),
    note: String(repeating: "n", count: 220), from: .max)

  @Test(arguments: [512, 1024, 4096], [0, 1, 2, 20, 21, 22, 64, 128])
  func partsMakeTheWhole(bytes: Int, count: Int) throws {
    let codec = try MessageCodec(bytes: bytes)
    let proof = Self.hashes(count)
    var found: [[UInt8]] = []
    repeat {
      var part = Self.part
      part.offset = found.count
      var message = Message(kind: .checkpoint, id: .max, step: .max, site: "site-1")
      try message.carry(part, proof: proof, by: codec)
      let frame = try codec.encode(message)
      #expect(frame.count == bytes)
      let received = try codec.decode(frame)
      #expect(received == message)
      guard case .checkpoint(let arrived) = received.payload else {
        Issue.record("no checkpoint arrived")
        return
      }
      #expect(arrived.offset == found.count && arrived.count == count && arrived.note == part.note)
      #expect(!arrived.hashes.isEmpty || count == 0)
      found += arrived.hashes
    } while found.count < count
    #expect(found == proof)
  }

  @Test func whatLeavesNoRoomForAHashIsAnError() throws {
    let codec = try MessageCodec(bytes: 512)
    var message = Message(kind: .checkpoint)
    let part = CheckpointPart(key: "k", note: String(repeating: "n", count: 480))
    #expect(throws: WireError.self) { try message.carry(part, proof: Self.hashes(1), by: codec) }
  }

  @Test(arguments: [
    CheckpointPart(key: String(repeating: "k", count: 513)), CheckpointPart(note: String(repeating: "n", count: 1025)),
    CheckpointPart(count: 129), CheckpointPart(offset: 1), CheckpointPart(count: 1, hashes: hashes(2)),
    CheckpointPart(offset: 1, count: 1, hashes: hashes(1)), CheckpointPart(count: 1, hashes: [[1, 2, 3]]),
    CheckpointPart(offset: -1, count: 0), CheckpointPart(count: -1),
  ])
  func partsOutOfRangeAreRefused(part: CheckpointPart) throws {
    let codec = try MessageCodec(bytes: 4096)
    #expect(throws: WireError.self) { try codec.encode(Message(kind: .audit, payload: .checkpoint(part))) }
    // Also when it arrives: the same part by a hand that does not check.
    var tensor = try codec.tensor(Message(kind: .audit, payload: .checkpoint(CheckpointPart())))
    tensor.checkpoint.key = part.key
    tensor.checkpoint.note = part.note
    tensor.checkpoint.offset = UInt32(truncatingIfNeeded: part.offset)
    tensor.checkpoint.count = UInt32(truncatingIfNeeded: part.count)
    tensor.checkpoint.hashes = part.hashes.map { Data($0) }
    #expect(throws: WireError.self) { try Message(tensor) }
  }

  @Test func aCheckpointDoesNotGoWithATensorNorWithUnknownFields() throws {
    let codec = try MessageCodec(bytes: 1024)
    var tensor = try codec.tensor(Message(kind: .release, payload: .int16([1], shape: [1], scale: 1)))
    tensor.checkpoint = Tacet_V1_CheckpointPart()
    #expect(throws: WireError.self) { try Message(tensor) }
    let unknown = try Tacet_V1_CheckpointPart(serializedBytes: [0x78, 0x01])
    tensor = try codec.tensor(Message(kind: .audit, payload: .checkpoint(CheckpointPart())))
    #expect(throws: Never.self) { try Message(tensor) }
    tensor.checkpoint = unknown
    #expect(throws: WireError.self) { try Message(tensor) }
  }
}
