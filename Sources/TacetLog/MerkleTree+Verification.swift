extension MerkleTree {
  /// Verifies that the leaf with `leafHash` has `index` in the tree of `size` leaves with `root` (RFC 9162 §2.1.3.2).
  /// - Throws: `indexOutOfRange`, then `wrongLength`, then `wrongRoot`, in that order of checking.
  public static func verifyInclusion(
    of leafHash: MerkleHash, index: UInt64, size: UInt64, root: MerkleHash, proof: [MerkleHash]
  ) throws(MerkleProofError) {
    guard index < size else { throw .indexOutOfRange(index: index, size: size) }
    // The path from leaf `index` to the right border (leaf size−1) joins it after `inner` levels; above, only left
    // siblings remain, one for each 1 among the higher digits of the index.
    let inner = bitWidth(index ^ (size - 1))
    let border = high(index, inner).nonzeroBitCount
    guard proof.count == inner + border else {
      throw .wrongLength(expected: inner + border, found: proof.count)
    }
    let joined = chain(leafHash, proof.prefix(inner), index: index)
    guard chainLeft(joined, proof.dropFirst(inner)) == root else { throw .wrongRoot }
  }

  /// Verifies that the tree of `second` leaves with `secondRoot` only appends to the tree of `first` leaves with
  /// `firstRoot` (RFC 9162 §2.1.4.2).
  /// - Throws: `sizesOutOfOrder`, then `wrongLength`, then `wrongRoot`, in that order of checking.
  public static func verifyConsistency(
    from first: UInt64, firstRoot: MerkleHash, to second: UInt64, secondRoot: MerkleHash, proof: [MerkleHash]
  ) throws(MerkleProofError) {
    guard first <= second else { throw .sizesOutOfOrder(first: first, second: second) }
    guard first > 0, first < second else {
      guard proof.isEmpty else { throw .wrongLength(expected: 0, found: proof.count) }
      // Every tree extends the empty one, whose root is known; equal sizes must have equal roots.
      guard firstRoot == (first == 0 ? .empty : secondRoot) else { throw .wrongRoot }
      return
    }
    // The last perfect subtree of the old tree has 2^shift leaves; the proof climbs from it. When it is the whole old
    // tree its root is known already and is not in the proof.
    let shift = first.trailingZeroBitCount
    let isPerfect = first.nonzeroBitCount == 1
    let inner = bitWidth((first - 1) ^ (second - 1)) - shift
    let border = high(first - 1, inner + shift).nonzeroBitCount
    let expected = (isPerfect ? 0 : 1) + inner + border
    guard proof.count == expected else { throw .wrongLength(expected: expected, found: proof.count) }

    let seed = isPerfect ? firstRoot : (proof.first ?? firstRoot)
    let path = isPerfect ? proof[...] : proof.dropFirst()
    let index = (first - 1) >> UInt64(shift)
    let oldJoined = chainLeft(seed, lefts(path.prefix(inner), index: index))
    guard chainLeft(oldJoined, path.dropFirst(inner)) == firstRoot else { throw .wrongRoot }
    let newJoined = chain(seed, path.prefix(inner), index: index)
    guard chainLeft(newJoined, path.dropFirst(inner)) == secondRoot else { throw .wrongRoot }
  }

  private static func bitWidth(_ value: UInt64) -> Int { 64 - value.leadingZeroBitCount }

  /// The digits of `value` above the lowest `count` (0…64).
  private static func high(_ value: UInt64, _ count: Int) -> UInt64 { count >= 64 ? 0 : value >> UInt64(count) }

  /// Climbs with siblings on the side that each digit of `index` names: 1 = the sibling is at the left.
  private static func chain(_ seed: MerkleHash, _ path: ArraySlice<MerkleHash>, index: UInt64) -> MerkleHash {
    var index = index
    return path.reduce(seed) { node, sibling in
      defer { index >>= 1 }
      return index & 1 == 1 ? MerkleHash(left: sibling, right: node) : MerkleHash(left: node, right: sibling)
    }
  }

  /// The siblings at the left only.
  private static func lefts(_ path: ArraySlice<MerkleHash>, index: UInt64) -> ArraySlice<MerkleHash> {
    var index = index
    return path.filter { _ in
      defer { index >>= 1 }
      return index & 1 == 1
    }[...]
  }

  /// Climbs with every sibling at the left.
  private static func chainLeft(_ seed: MerkleHash, _ path: ArraySlice<MerkleHash>) -> MerkleHash {
    path.reduce(seed) { node, sibling in MerkleHash(left: sibling, right: node) }
  }
}
