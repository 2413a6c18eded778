/// The whole tree of a log in memory: the roots of all complete subtrees, by height. Twice 32 bytes a leaf; a proof takes as many
/// steps as the tree is high.
package struct MerkleLevels: Sendable {
  /// `levels[h][i]`: the root of leaves `i·2^h ..< (i+1)·2^h`.
  private var levels: [[MerkleHash]] = [[]]

  /// The tree without leaves.
  package init() {}

  /// The number of leaves.
  package var size: UInt64 { UInt64(levels.first?.count ?? 0) }

  /// Takes the hash of the next leaf.
  package mutating func append(leafHash: MerkleHash) {
    var (hash, height) = (leafHash, 0)
    while true {
      if height == levels.count { levels.append([]) }
      levels[height].append(hash)
      guard levels[height].count.isMultiple(of: 2) else { return }
      // A count that is even after an append is two at least.
      hash = MerkleHash(left: levels[height][levels[height].count - 2], right: hash)
      height += 1
    }
  }

  /// The tree as what is appended to.
  package var tree: MerkleTree {
    guard let tree = try? MerkleTree(size: size, frontier: subtrees(of: 0..<size)) else {
      preconditionFailure("a size has as many 1s as its range has complete subtrees")
    }
    return tree
  }

  /// The inclusion proof of a leaf in the tree of the first `size` leaves, from the leaf's sibling upwards; nil when there are not
  /// so many.
  package func inclusionProof(index: UInt64, size: UInt64) -> [MerkleHash]? {
    guard size <= self.size, let ranges = MerkleTree.inclusionRanges(index: index, size: size) else { return nil }
    return ranges.map { range in
      let span = range.upperBound - range.lowerBound
      // All but the one that the tree's right edge cuts are complete, and begin where one of their size does.
      if span.nonzeroBitCount == 1 {
        let height = span.trailingZeroBitCount
        return levels[height][Int(range.lowerBound >> UInt64(height))]
      }
      let subtrees = subtrees(of: range)
      return subtrees.dropLast().reversed().reduce(subtrees.last ?? .empty) { MerkleHash(left: $1, right: $0) }
    }
  }

  /// The complete subtrees of a range that begins where one of its size does, the largest first.
  private func subtrees(of range: Range<UInt64>) -> [MerkleHash] {
    var (roots, position) = ([MerkleHash](), range.lowerBound)
    for height in levels.indices.reversed() {
      let span = UInt64(1) << UInt64(height)
      guard range.upperBound - position >= span else { continue }
      roots.append(levels[height][Int(position >> UInt64(height))])
      position += span
    }
    return roots
  }
}
