import TacetLog
import TacetPrivacy

/// A signed log by the roots of its blocks, which lead to the root that was signed: what is read of it beside them is compared
/// with them, so that a proof reads a few blocks and not the log.
struct SignedBlocks {
  private let index: any LedgerIndexReading
  private let size: UInt64
  private let roots: [MerkleHash]

  /// - Returns: nil when the roots that are kept do not lead to the one that was signed.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  init?(of index: any LedgerIndexReading, size: UInt64, root: MerkleHash) throws(LedgerError) {
    self.index = index
    self.size = size
    roots = try index.blocks()
    guard UInt64(roots.count) == size / LedgerBlock.size else { return nil }
    var tree = MerkleTree(blocks: roots, height: LedgerBlock.height)
    for leaf in try index.leaves(tree.size..<size) { tree.append(leaf) }
    guard tree.size == size, tree.root == root else { return nil }
  }

  /// The leaf of an entry of the log; nil when its block is not the one that was signed.
  func leaf(at index: UInt64) throws(LedgerError) -> [UInt8]? {
    try block(index / LedgerBlock.size)?[Int(index % LedgerBlock.size)]
  }

  /// The root of the entries of a range, which begins at a multiple of a block, or is within one.
  func root(of range: Range<UInt64>) throws(LedgerError) -> MerkleHash? {
    let (first, end) = (range.lowerBound / LedgerBlock.size, range.upperBound / LedgerBlock.size)
    var tree = MerkleTree()
    if range.lowerBound.isMultiple(of: LedgerBlock.size), first < end {
      tree = MerkleTree(blocks: roots[Int(first)..<Int(end)], height: LedgerBlock.height)
    }
    let rest = range.lowerBound + tree.size..<range.upperBound
    guard !rest.isEmpty else { return tree.root }
    let number = rest.lowerBound / LedgerBlock.size
    guard let leaves = try block(number) else { return nil }
    let start = number * LedgerBlock.size
    for leaf in leaves[Int(rest.lowerBound - start)..<Int(rest.upperBound - start)] { tree.append(leaf) }
    return tree.root
  }

  /// The leaves of a block, or of the entries after the last one.
  private func block(_ number: UInt64) throws(LedgerError) -> [[UInt8]]? {
    let start = number * LedgerBlock.size
    let leaves = try index.leaves(start..<min(size, start + LedgerBlock.size))
    guard number < roots.count else { return leaves }
    var tree = MerkleTree()
    for leaf in leaves { tree.append(leaf) }
    return tree.size == LedgerBlock.size && tree.root == roots[Int(number)] ? leaves : nil
  }
}
