/// A part of a log's checkpoint on its way: the note, and as many hashes of its proof as fit one message.
///
/// Its meaning by the kind of message is in `Proto/inference.proto`; whether it is true is for its reader to find out.
package struct CheckpointPart: Sendable, Hashable {
  /// The most hashes a proof of consistency can have.
  package static let maximumCount = 128
  /// The length of a hash in bytes.
  package static let hashByteCount = 32
  /// What a hash takes in a message, tag and length included, and what the lengths around it may grow by.
  private static let bytesPerHash = 34
  private static let bytesOfLengths = 4

  /// The log's verifier key; at most 512 bytes, empty for none.
  package var key: String
  /// The signed checkpoint; at most 1,024 bytes, empty for none.
  package var note: String
  /// The size of the log that the proof begins at.
  package var from: UInt64
  /// How many hashes come before these.
  package var offset: Int
  /// How many hashes the proof has.
  package var count: Int
  /// Hashes of 32 bytes, ``offset`` and following.
  package var hashes: [[UInt8]]

  /// A part; by default one without hashes.
  package init(
    key: String = "", note: String = "", from: UInt64 = 0, offset: Int = 0, count: Int = 0, hashes: [[UInt8]] = []
  ) {
    self.key = key
    self.note = note
    self.from = from
    self.offset = offset
    self.count = count
    self.hashes = hashes
  }
}

extension Message {
  /// Puts a checkpoint in: as many hashes of `proof`, from `part.offset` on, as fit the message size of `codec`.
  /// - Throws: ``WireError/doesNotFit(needed:available:)`` when not even one does where one is left.
  package mutating func carry(
    _ part: CheckpointPart, proof: [[UInt8]], by codec: MessageCodec
  ) throws(WireError) {
    var part = part
    part.count = proof.count
    payload = .checkpoint(part)
    let left = proof.dropFirst(part.offset)
    let room = try codec.room(beside: self)
    part.hashes = Array(left.prefix(max(0, CheckpointPart.fitting(room))))
    guard left.isEmpty || !part.hashes.isEmpty else {
      throw .doesNotFit(needed: codec.bytes - room + CheckpointPart.hashByteCount, available: codec.bytes)
    }
    payload = .checkpoint(part)
  }
}

extension CheckpointPart {
  fileprivate static func fitting(_ room: Int) -> Int { (room - bytesOfLengths) / bytesPerHash }

  init(_ message: Tacet_V1_CheckpointPart) throws(WireError) {
    self.init(
      key: message.key, note: message.note, from: message.from, offset: Int(clamping: message.offset),
      count: Int(clamping: message.count), hashes: message.hashes.map(Array.init))
  }

  /// - Throws: ``WireError/field(_:problem:)`` for anything out of range.
  func check() throws(WireError) {
    guard key.utf8.count <= 512 else { throw .field("key", problem: "is longer than 512 bytes") }
    guard note.utf8.count <= 1024 else { throw .field("note", problem: "is longer than 1024 bytes") }
    guard (0...Self.maximumCount).contains(count), offset >= 0, offset + hashes.count <= count else {
      throw .field("count", problem: "does not account for the hashes there are")
    }
    guard hashes.allSatisfy({ $0.count == Self.hashByteCount }) else {
      throw .field("hashes", problem: "has one that is not \(Self.hashByteCount) bytes long")
    }
  }
}
