package import TacetLog

/// The Merkle tree of a ledger that goes on growing, for proofs about its past: roots of blocks of entries are kept, so that
/// a proof reads a few thousand entries and not all of them. Entries are read in pieces, between which charges go on.
package actor LedgerHistory {
  /// The entries of a block, and of a piece.
  private static let blockSize = LedgerBlock.size

  private let ledger: PrivacyLedger
  /// The roots of the complete blocks read so far: 32 bytes for each 1,024 entries.
  private var blocks: [MerkleHash] = []

  /// The history of a ledger; nothing is read yet.
  package init(of ledger: PrivacyLedger) {
    self.ledger = ledger
  }

  /// The proof that the log of `second` entries continues that of `first`; nil when `first` is beyond `second`.
  /// - Parameter second: no more than the entries there are.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  package func consistencyProof(
    from first: UInt64, to second: UInt64
  ) async throws(LedgerError) -> [MerkleHash]? {
    guard let ranges = MerkleTree.consistencyRanges(from: first, to: second) else { return nil }
    var proof: [MerkleHash] = []
    for range in ranges { proof.append(try await root(of: range)) }
    return proof
  }

  /// The root of the first `size` entries, no more than there are.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  package func root(ofFirst size: UInt64) async throws(LedgerError) -> MerkleHash {
    try await root(of: 0..<size)
  }

  /// - Parameter range: a subtree of the log, so that it begins at a multiple of a power of two no smaller than itself.
  private func root(of range: Range<UInt64>) async throws(LedgerError) -> MerkleHash {
    var tree = MerkleTree()
    if range.lowerBound.isMultiple(of: Self.blockSize) {
      let whole = Int(range.lowerBound / Self.blockSize)..<Int(range.upperBound / Self.blockSize)
      try await readBlocks(upTo: whole.upperBound)
      tree = MerkleTree(blocks: blocks[whole], height: LedgerBlock.height)
    }
    var next = range.lowerBound + tree.size
    while next < range.upperBound {
      let end = min(range.upperBound, next + Self.blockSize)
      for hash in try await ledger.leafHashes(next..<end) { tree.append(leafHash: hash) }
      next = end
    }
    return tree.root
  }

  private func readBlocks(upTo count: Int) async throws(LedgerError) {
    while blocks.count < count {
      let index = blocks.count
      let start = UInt64(index) * Self.blockSize
      var tree = MerkleTree()
      for hash in try await ledger.leafHashes(start..<start + Self.blockSize) { tree.append(leafHash: hash) }
      // Another caller may have read it meanwhile.
      if blocks.count == index { blocks.append(tree.root) }
    }
  }
}
