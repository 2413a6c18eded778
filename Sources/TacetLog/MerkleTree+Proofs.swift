extension MerkleTree {
  /// The inclusion proof of leaf `index` in the tree of the first `size` leaves (PATH of RFC 9162 §2.1.3.1).
  /// - Parameter leafHash: reads the leaf hash at an index below `size`.
  /// - Returns: the path from the leaf's sibling upwards, or nil when `index` is not below `size`.
  public static func inclusionProof<Failure: Error>(
    index: UInt64, size: UInt64, leafHash: (UInt64) throws(Failure) -> MerkleHash
  ) throws(Failure) -> [MerkleHash]? {
    guard index < size else { return nil }
    var path: [MerkleHash] = []
    var range = 0..<size
    while range.count > 1 {
      let middle = range.lowerBound + split(UInt64(range.count))
      if index < middle {
        path.append(try root(of: middle..<range.upperBound, leafHash: leafHash))
        range = range.lowerBound..<middle
      } else {
        path.append(try root(of: range.lowerBound..<middle, leafHash: leafHash))
        range = middle..<range.upperBound
      }
    }
    return path.reversed()
  }

  /// The consistency proof between the trees of the first `first` and the first `second` leaves (PROOF of RFC 9162
  /// §2.1.4.1).
  /// - Parameter leafHash: reads the leaf hash at an index below `second`.
  /// - Returns: the proof (empty when `first` is 0 or equals `second`), or nil when `first` is above `second`.
  public static func consistencyProof<Failure: Error>(
    from first: UInt64, to second: UInt64, leafHash: (UInt64) throws(Failure) -> MerkleHash
  ) throws(Failure) -> [MerkleHash]? {
    guard first <= second else { return nil }
    guard first > 0, first < second else { return [] }
    var proof: [MerkleHash] = []
    var range = 0..<second
    var wholeOld = true
    // SUBPROOF(m, D[range], b), walked from the top; `wholeOld` is b: the old tree is exactly this subtree so far.
    while range.upperBound != first {
      let middle = range.lowerBound + split(UInt64(range.count))
      if first <= middle {
        proof.append(try root(of: middle..<range.upperBound, leafHash: leafHash))
        range = range.lowerBound..<middle
      } else {
        proof.append(try root(of: range.lowerBound..<middle, leafHash: leafHash))
        range = middle..<range.upperBound
        wholeOld = false
      }
    }
    if !wholeOld {
      proof.append(try root(of: range, leafHash: leafHash))
    }
    return proof.reversed()
  }

  /// The largest power of two below `count` (k of RFC 9162 §2.1.1); `count` is at least 2.
  private static func split(_ count: UInt64) -> UInt64 {
    1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  private static func root<Failure: Error>(
    of range: Range<UInt64>, leafHash: (UInt64) throws(Failure) -> MerkleHash
  ) throws(Failure) -> MerkleHash {
    var tree = MerkleTree()
    for index in range {
      tree.append(leafHash: try leafHash(index))
    }
    return tree.root
  }
}
