/// An append-only Merkle tree (RFC 9162 §2.1) held as its compact range: the roots of the perfect subtrees that
/// the binary digits of `size` name, so that an append costs O(log size) and no leaf is kept in memory.
///
/// ```
/// size 7 = 111b        frontier: [ root of leaves 0–3, root of leaves 4–5, leaf 6 ]
/// ```
public struct MerkleTree: Hashable, Sendable {
  /// The number of leaves.
  public private(set) var size: UInt64

  /// The roots of the perfect subtrees, the largest (leftmost) first; one for each 1 among the digits of `size`.
  public private(set) var frontier: [MerkleHash]

  /// The tree without leaves.
  public init() {
    size = 0
    frontier = []
  }

  /// Restores a tree of `size` leaves from its compact range.
  /// - Throws: `MerkleProofError.wrongLength` when the range does not have one root for each 1 in `size`.
  public init(size: UInt64, frontier: [MerkleHash]) throws(MerkleProofError) {
    guard frontier.count == size.nonzeroBitCount else {
      throw .wrongLength(expected: size.nonzeroBitCount, found: frontier.count)
    }
    self.size = size
    self.frontier = frontier
  }

  /// Appends a leaf, given its bytes, and returns its index.
  @discardableResult
  public mutating func append(_ leaf: some Sequence<UInt8>) -> UInt64 {
    append(leafHash: MerkleHash(leaf: leaf))
  }

  /// Appends a leaf, given its leaf hash, and returns its index.
  @discardableResult
  public mutating func append(leafHash: MerkleHash) -> UInt64 {
    // Like a binary increment: each trailing 1 of the old size is a subtree that the carry swallows.
    var carried = leafHash
    for _ in 0..<(~size).trailingZeroBitCount {
      // Invariant: the frontier has one root for each 1 of `size`, so there is one to take.
      guard let left = frontier.popLast() else { preconditionFailure("frontier shorter than its size") }
      carried = MerkleHash(left: left, right: carried)
    }
    frontier.append(carried)
    size += 1
    return size - 1
  }

  /// The root hash of all leaves.
  public var root: MerkleHash {
    guard var root = frontier.last else { return .empty }
    for left in frontier.dropLast().reversed() {
      root = MerkleHash(left: left, right: root)
    }
    return root
  }
}
