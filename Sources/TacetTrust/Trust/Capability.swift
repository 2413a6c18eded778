/// What a peer is trusted for. A peer has a reputation in each: one that is late with answers may be a good witness.
public enum Capability: String, Sendable, Hashable, Codable, CaseIterable, CodingKeyRepresentable {
  /// Its answers in the forward pass: encodings, classes.
  case answer
  /// The noised releases that it shares.
  case release
  /// Its updates in the federated refresh of the student.
  case refresh
  /// What it keeps of the ledgers of others.
  case witness
}
