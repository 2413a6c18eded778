public import Foundation
public import TacetLog
public import TacetPrivacy

/// A Merkle proof out of a ledger (RFC 9162 §2.1.3 and §2.1.4), made only when the ledger's entries are those that its
/// newest checkpoint signs.
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

  /// That entry `index` is in the log. Reads the log once.
  /// - Throws: `LedgerError`, also where there is no such entry.
  public init(inclusionOf index: UInt64, in file: URL) throws(LedgerError) {
    try self.init(inclusionOf: index, in: LedgerFile(file: file))
  }

  /// That the log of `first` entries is a beginning of the log of `second`. Reads the log once.
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
      var leaf: ArraySlice<UInt8> = []
      let (root, hashes) = try head.prove(ranges, at: head.size, in: snapshot) { position, bytes in
        if position == index { leaf = bytes }
      }
      return Self(
        statement: .inclusion(index: index, leaf: String(decoding: leaf, as: UTF8.self)), size: head.size, root: root,
        hashes: hashes, checkpoint: head.note)
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
      let (root, hashes) = try head.prove(ranges, at: size, in: snapshot) { _, _ in }
      return Self(
        statement: .consistency(from: first), size: size, root: root, hashes: hashes, checkpoint: head.note)
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

  /// The roots of `ranges`, and the root of the first `size` entries, out of the log that was signed: a proof out of
  /// another would prove nothing.
  func prove(
    _ ranges: [Range<UInt64>], at size: UInt64, in ledger: any LedgerReading,
    look: (UInt64, ArraySlice<UInt8>) -> Void
  ) throws(LedgerError) -> (root: MerkleHash, hashes: [MerkleHash]) {
    var (tree, parts) = (MerkleTree(), MerkleRoots(of: ranges))
    var earlier = tree.root
    try ledger.forEachEntry { position, leaf in
      look(UInt64(bitPattern: position), leaf)
      let hash = MerkleHash(leaf: leaf)
      tree.append(leafHash: hash)
      parts.append(leafHash: hash)
      if tree.size == size { earlier = tree.root }
    }
    guard tree.size == self.size, tree.root == root, let hashes = parts.roots else {
      throw .corrupt(path: path, reason: "its entries are not those that were signed; run tacet ledger verify")
    }
    return (earlier, hashes)
  }
}
