public import Foundation
public import TacetLog
public import TacetPrivacy

/// A Merkle proof out of a ledger (RFC 9162 §2.1.3 and §2.1.4), made only of entries that its newest checkpoint signs. It reads
/// the blocks that it is about; where their roots are not kept, or are wrong, the whole log.
public struct LedgerProof: Sendable {
  /// What is proved.
  public enum Statement: Sendable, Hashable {
    /// The leaf is the entry of this index.
    case inclusion(index: UInt64, leaf: String)
    /// The log of that many entries is a beginning of the one that is proved against.
    case consistency(from: UInt64)
  }

  /// What is proved.
  public let statement: Statement
  /// The entries of the log that is proved against: the checkpoint's, unless an earlier size was asked for.
  public let size: UInt64
  /// Its root.
  public let root: MerkleHash
  /// The proof, from the leaves upwards.
  public let hashes: [MerkleHash]
  /// The signed newest checkpoint.
  public let checkpoint: String

  /// That entry `index` is in the log.
  /// - Throws: `LedgerError`, also where there is no such entry.
  public init(inclusionOf index: UInt64, in file: URL) throws(LedgerError) {
    try self.init(inclusionOf: index, in: LedgerFile(file: file))
  }

  /// That the log of `first` entries is a beginning of the log of `second`.
  /// - Parameter second: no more than there are; nil for the log of the newest checkpoint.
  /// - Throws: `LedgerError`, also where the log is shorter.
  public init(consistencyFrom first: UInt64, to second: UInt64? = nil, in file: URL) throws(LedgerError) {
    try self.init(consistencyFrom: first, to: second, in: LedgerFile(file: file))
  }

  /// That entry `index` is in the log, wherever that is kept.
  package init(inclusionOf index: UInt64, in ledger: any LedgerSource) throws(LedgerError) {
    self = try ledger.examine { snapshot in
      let head = try SignedHead(of: snapshot, path: ledger.path)
      guard let ranges = MerkleTree.inclusionRanges(index: index, size: head.size) else {
        throw LedgerError.invalidValue(
          field: "index", reason: "the log has \(head.size) entries; indices start at 0")
      }
      let parts = try head.prove(ranges, leaf: index, at: head.size, in: snapshot)
      return Self(
        statement: .inclusion(index: index, leaf: String(decoding: parts.leaf, as: UTF8.self)), size: head.size,
        root: parts.root, hashes: parts.hashes, checkpoint: head.note)
    }
  }

  /// That the log of `first` entries is a beginning of the log of `second`, wherever that is kept.
  package init(
    consistencyFrom first: UInt64, to second: UInt64? = nil, in ledger: any LedgerSource
  ) throws(LedgerError) {
    self = try ledger.examine { snapshot in
      let head = try SignedHead(of: snapshot, path: ledger.path)
      let size = second ?? head.size
      guard size <= head.size else {
        throw LedgerError.invalidValue(field: "to", reason: "the log has only \(head.size) entries")
      }
      guard let ranges = MerkleTree.consistencyRanges(from: first, to: size) else {
        throw LedgerError.invalidValue(field: "from", reason: "it is above \(size), the size of the later log")
      }
      let parts = try head.prove(ranges, leaf: nil, at: size, in: snapshot)
      return Self(
        statement: .consistency(from: first), size: size, root: parts.root, hashes: parts.hashes,
        checkpoint: head.note)
    }
  }

  private init(statement: Statement, size: UInt64, root: MerkleHash, hashes: [MerkleHash], checkpoint: String) {
    self.statement = statement
    self.size = size
    self.root = root
    self.hashes = hashes
    self.checkpoint = checkpoint
  }
}

/// What a ledger says it is, by its signed checkpoint.
private struct SignedHead {
  let size: UInt64
  let note: String
  private let root: MerkleHash
  private let path: String

  init(of ledger: any LedgerReading, path: String) throws(LedgerError) {
    note = try ledger.checkpointNote()
    guard let note = try? SignedNote(note), let checkpoint = try? Checkpoint(text: note.text) else {
      throw .corrupt(path: path, reason: "its checkpoint is malformed")
    }
    size = checkpoint.size
    root = checkpoint.root
    self.path = path
  }

  /// What a proof is made of: the roots of ranges, the root of the log that they are proved against, and the leaf of an entry.
  typealias Parts = (root: MerkleHash, hashes: [MerkleHash], leaf: [UInt8])

  /// The roots of `ranges`, the root of the first `size` entries, and the leaf of `index`, out of the log that was signed: a
  /// proof out of another would prove nothing.
  func prove(
    _ ranges: [Range<UInt64>], leaf index: UInt64?, at size: UInt64, in ledger: any LedgerReading
  ) throws(LedgerError) -> Parts {
    if let rows = ledger.index, let blocks = try SignedBlocks(of: rows, size: self.size, root: root),
      let parts = try Self.prove(ranges, leaf: index, at: size, in: blocks)
    {
      return parts
    }
    return try proveFromAll(ranges, leaf: index, at: size, in: ledger)
  }

  private static func prove(
    _ ranges: [Range<UInt64>], leaf index: UInt64?, at size: UInt64, in blocks: SignedBlocks
  ) throws(LedgerError) -> Parts? {
    guard let root = try blocks.root(of: 0..<size) else { return nil }
    var hashes: [MerkleHash] = []
    for range in ranges {
      guard let hash = try blocks.root(of: range) else { return nil }
      hashes.append(hash)
    }
    guard let index else { return (root, hashes, []) }
    guard let leaf = try blocks.leaf(at: index) else { return nil }
    return (root, hashes, leaf)
  }

  private func proveFromAll(
    _ ranges: [Range<UInt64>], leaf index: UInt64?, at size: UInt64, in ledger: any LedgerReading
  ) throws(LedgerError) -> Parts {
    var (tree, parts) = (MerkleTree(), MerkleRoots(of: ranges))
    var (earlier, found) = (tree.root, ArraySlice<UInt8>())
    try ledger.forEachEntry { position, leaf in
      if UInt64(bitPattern: position) == index { found = leaf }
      let hash = MerkleHash(leaf: leaf)
      tree.append(leafHash: hash)
      parts.append(leafHash: hash)
      if tree.size == size { earlier = tree.root }
    }
    guard tree.size == self.size, tree.root == root, let hashes = parts.roots else {
      throw .corrupt(path: path, reason: "its entries are not those that were signed; run tacet ledger verify")
    }
    return (earlier, hashes, Array(found))
  }
}
