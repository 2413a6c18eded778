public import Foundation
public import TacetLog
public import TacetPrivacy

/// A Merkle proof out of a ledger, against its newest checkpoint (RFC 9162 §2.1.3 and §2.1.4).
public struct LedgerProof: Sendable {
  /// What is proved.
  public enum Statement: Sendable, Hashable {
    /// The leaf is the entry of this index.
    case inclusion(index: UInt64, leaf: String)
    /// The log of that many entries is a beginning of this one.
    case consistency(from: UInt64)
  }

  /// What is proved.
  public let statement: Statement
  /// The entries of the checkpoint.
  public let size: UInt64
  /// Its root.
  public let root: MerkleHash
  /// The proof, from the leaves upwards.
  public let hashes: [MerkleHash]
  /// The signed checkpoint.
  public let checkpoint: String

  /// That entry `index` is in the log. Reads the log once.
  /// - Throws: `LedgerError`, also where there is no such entry.
  public init(inclusionOf index: UInt64, in file: URL) throws(LedgerError) {
    self = try LedgerFile(file: file).examine { ledger in
      let head = try Self.head(of: ledger, path: file.path)
      guard let ranges = MerkleTree.inclusionRanges(index: index, size: head.size) else {
        throw LedgerError.invalidValue(
          field: "index", reason: "the log has \(head.size) entries; indices start at 0")
      }
      var leaf: ArraySlice<UInt8> = []
      let (tree, hashes) = try Self.roots(of: ranges, in: ledger, path: file.path) { position, bytes in
        if position == index { leaf = bytes }
      }
      return try Self(
        .inclusion(index: index, leaf: String(decoding: leaf, as: UTF8.self)), head, tree, hashes, path: file.path)
    }
  }

  /// That the log of `first` entries is a beginning of this one. Reads the log once.
  /// - Throws: `LedgerError`, also where the log is shorter.
  public init(consistencyFrom first: UInt64, in file: URL) throws(LedgerError) {
    self = try LedgerFile(file: file).examine { ledger in
      let head = try Self.head(of: ledger, path: file.path)
      guard let ranges = MerkleTree.consistencyRanges(from: first, to: head.size) else {
        throw LedgerError.invalidValue(field: "size", reason: "the log has only \(head.size) entries")
      }
      let (tree, hashes) = try Self.roots(of: ranges, in: ledger, path: file.path) { _, _ in }
      return try Self(.consistency(from: first), head, tree, hashes, path: file.path)
    }
  }

  private init(
    _ statement: Statement, _ head: (size: UInt64, note: String), _ tree: MerkleTree, _ hashes: [MerkleHash],
    path: String
  ) throws(LedgerError) {
    // A proof out of a log that is not the signed one would prove nothing.
    guard tree.size == head.size, let signed = Self.root(of: head.note), signed == tree.root else {
      throw .corrupt(path: path, reason: "its entries are not those that were signed; run tacet ledger verify")
    }
    self.statement = statement
    size = head.size
    root = tree.root
    self.hashes = hashes
    checkpoint = head.note
  }

  private static func head(
    of ledger: any LedgerReading, path: String
  ) throws(LedgerError) -> (size: UInt64, note: String) {
    let text = try ledger.checkpointNote()
    guard let note = try? SignedNote(text), let checkpoint = try? Checkpoint(text: note.text) else {
      throw .corrupt(path: path, reason: "its checkpoint is malformed")
    }
    return (checkpoint.size, text)
  }

  private static func root(of text: String) -> MerkleHash? {
    (try? SignedNote(text)).flatMap { try? Checkpoint(text: $0.text) }?.root
  }

  private static func roots(
    of ranges: [Range<UInt64>], in ledger: any LedgerReading, path: String,
    _ look: (UInt64, ArraySlice<UInt8>) -> Void
  ) throws(LedgerError) -> (MerkleTree, [MerkleHash]) {
    var (tree, parts) = (MerkleTree(), MerkleRoots(of: ranges))
    try ledger.forEachEntry { position, leaf in
      look(UInt64(bitPattern: position), leaf)
      let hash = MerkleHash(leaf: leaf)
      tree.append(leafHash: hash)
      parts.append(leafHash: hash)
    }
    guard let roots = parts.roots else {
      throw .corrupt(path: path, reason: "entries are missing; run tacet ledger verify")
    }
    return (tree, roots)
  }
}
