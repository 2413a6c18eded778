/// Why a Merkle proof, or the compact range of a tree, is refused; malformed and false are told apart.
public enum MerkleProofError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The index is not in the tree.
  case indexOutOfRange(index: UInt64, size: UInt64)
  /// The old tree is larger than the new one.
  case sizesOutOfOrder(first: UInt64, second: UInt64)
  /// Malformed: this many hashes were needed.
  case wrongLength(expected: Int, found: Int)
  /// Well formed, but it leads to another root.
  case wrongRoot

  /// One line for a person.
  public var description: String {
    switch self {
    case .indexOutOfRange(let index, let size):
      "entry \(index) is not in a log of \(size) entries; indices start at 0"
    case .sizesOutOfOrder(let first, let second):
      "the earlier log has \(first) entries, the later one only \(second); the log was cut or the two were swapped"
    case .wrongLength(let expected, let found):
      "malformed proof: \(found) hashes where the sizes call for \(expected)"
    case .wrongRoot:
      "the proof leads to another root: the log is not the one that was signed"
    }
  }
}
