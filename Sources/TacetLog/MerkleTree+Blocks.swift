/// A log in blocks of 2^height leaves: whoever keeps their roots reads a block and not the log to prove something of a leaf.
extension MerkleTree {
  /// The tree of complete blocks, given their roots: leaves of a tree 2^height times as small.
  /// - Parameter height: of a block; there are fewer than 2^(64 - height) blocks.
  package init(blocks: some Sequence<MerkleHash>, height: Int) {
    var upper = MerkleTree()
    for block in blocks { upper.append(leafHash: block) }
    guard let tree = try? MerkleTree(size: upper.size << UInt64(height), frontier: upper.frontier) else {
      // Ours to keep: callers give a constant height, and the blocks of a log that has been read, which are below 2^54.
      preconditionFailure("a size has as many 1s when it is shifted")
    }
    self = tree
  }

  /// The root of the block that a leaf with this hash, appended, completes; nil where it completes none.
  package func root(ofBlockCompletedBy leafHash: MerkleHash, height: Int) -> MerkleHash? {
    let mask = UInt64(1) << UInt64(height) - 1
    guard size & mask == mask else { return nil }
    // The last `height` digits of the size are 1, so as many subtrees are waiting for it.
    return frontier.suffix(height).reversed().reduce(leafHash) { MerkleHash(left: $1, right: $0) }
  }
}
