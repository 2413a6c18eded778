/// A checkpoint as a log shows it to a witness, with the proof that it continues the one which the witness remembers
/// (C2SP tlog-witness, add-checkpoint).
public struct ShownCheckpoint: Hashable, Sendable {
  /// The log's C2SP verifier key.
  public let key: String
  /// The signed note.
  public let note: String
  /// The size of the tree that the proof begins at; 0 for none.
  public let from: UInt64
  /// The proof of consistency from that size to the checkpoint's (RFC 9162 §2.1.4).
  public let proof: [MerkleHash]

  /// A checkpoint as it was shown; nothing is believed yet.
  public init(key: String, note: String, from: UInt64, proof: [MerkleHash]) {
    self.key = key
    self.note = note
    self.from = from
    self.proof = proof
  }
}
