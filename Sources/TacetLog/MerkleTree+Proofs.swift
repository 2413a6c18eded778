extension MerkleTree {
  /// The subtrees whose roots are the inclusion proof of leaf `index` in the tree of the first `size` leaves (PATH of RFC
  /// 9162 §2.1.3.1), from the leaf's sibling upwards; nil when `index` is not below `size`.
  public static func inclusionRanges(index: UInt64, size: UInt64) -> [Range<UInt64>]? {
    guard index < size else { return nil }
    var path: [Range<UInt64>] = []
    var range = 0..<size
    while range.upperBound - range.lowerBound > 1 {
      let middle = range.lowerBound + split(range.upperBound - range.lowerBound)
      if index < middle {
        path.append(middle..<range.upperBound)
        range = range.lowerBound..<middle
      } else {
        path.append(range.lowerBound..<middle)
        range = middle..<range.upperBound
      }
    }
    return path.reversed()
  }

  /// The subtrees whose roots are the consistency proof between the trees of the first `first` and the first `second`
  /// leaves (PROOF of RFC 9162 §2.1.4.1); none when `first` is 0 or equals `second`, nil when it is above `second`.
  public static func consistencyRanges(from first: UInt64, to second: UInt64) -> [Range<UInt64>]? {
    guard first <= second else { return nil }
    guard first > 0, first < second else { return [] }
    var proof: [Range<UInt64>] = []
    var range = 0..<second
    var wholeOld = true
    // SUBPROOF(m, D[range], b), walked from the top; `wholeOld` is b: the old tree is exactly this subtree so far.
    while range.upperBound != first {
      let middle = range.lowerBound + split(range.upperBound - range.lowerBound)
      if first <= middle {
        proof.append(middle..<range.upperBound)
        range = range.lowerBound..<middle
      } else {
        proof.append(range.lowerBound..<middle)
        range = middle..<range.upperBound
        wholeOld = false
      }
    }
    if !wholeOld {
      proof.append(range)
    }
    return proof.reversed()
  }

  /// The inclusion proof of leaf `index` in the tree of the first `size` leaves.
  /// - Parameter leafHash: reads the leaf hash at an index below `size`.
  /// - Returns: the path from the leaf's sibling upwards, or nil when `index` is not below `size`.
  public static func inclusionProof<Failure: Error>(
    index: UInt64, size: UInt64, leafHash: (UInt64) throws(Failure) -> MerkleHash
  ) throws(Failure) -> [MerkleHash]? {
    guard let ranges = inclusionRanges(index: index, size: size) else { return nil }
    return try roots(of: ranges, leafHash: leafHash)
  }

  /// The consistency proof between the trees of the first `first` and the first `second` leaves.
  /// - Parameter leafHash: reads the leaf hash at an index below `second`.
  /// - Returns: the proof (empty when `first` is 0 or equals `second`), or nil when `first` is above `second`.
  public static func consistencyProof<Failure: Error>(
    from first: UInt64, to second: UInt64, leafHash: (UInt64) throws(Failure) -> MerkleHash
  ) throws(Failure) -> [MerkleHash]? {
    guard let ranges = consistencyRanges(from: first, to: second) else { return nil }
    return try roots(of: ranges, leafHash: leafHash)
  }

  /// The largest power of two below `count` (k of RFC 9162 §2.1.1); `count` is at least 2.
  private static func split(_ count: UInt64) -> UInt64 {
    1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  private static func roots<Failure: Error>(
    of ranges: [Range<UInt64>], leafHash: (UInt64) throws(Failure) -> MerkleHash
  ) throws(Failure) -> [MerkleHash] {
    var roots: [MerkleHash] = []
    for range in ranges {
      var tree = MerkleTree()
      for index in range { tree.append(leafHash: try leafHash(index)) }
      roots.append(tree.root)
    }
    return roots
  }
}
