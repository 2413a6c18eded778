import TacetLog

/// The head of the log: its tree, the highest time seen, and the checkpoint signed over both ends.
struct LedgerHead {
  var tree: MerkleTree
  /// Seconds since 1970.
  var time: UInt64
  /// The serialised signed note.
  var checkpoint: String

  /// The head of a new ledger.
  init(signer: NoteSigner) throws(NoteError) {
    tree = MerkleTree()
    time = 0
    checkpoint = ""
    try sign(with: signer)
  }

  /// A stored head; nil when its compact range does not fit its size.
  init?(size: Int64, frontier: [UInt8], time: UInt64, checkpoint: String) {
    guard let size = UInt64(exactly: size), let tree = Self.tree(size: size, frontier: frontier) else { return nil }
    self.tree = tree
    self.time = time
    self.checkpoint = checkpoint
  }

  /// The hashes of the compact range, one behind the other.
  var frontier: [UInt8] { tree.frontier.flatMap(\.bytes) }

  /// Signs the tree as it stands.
  mutating func sign(with signer: NoteSigner) throws(NoteError) {
    let statement = try Checkpoint(origin: signer.verifier.name, size: tree.size, root: tree.root)
    checkpoint = try signer.sign(statement.text).description
  }

  /// Whether this is the head that `signer` signed, over the entries there are.
  /// - Throws: `LedgerError.corrupt`; what reading throws.
  func check(signer: NoteSigner, against tables: any LedgerTables, path: String) throws {
    try check(signer: signer, path: path)
    let entryCount = try tables.entryCount()
    guard entryCount == tree.size else {
      throw LedgerError.corrupt(path: path, reason: "\(entryCount) entries where \(tree.size) were signed")
    }
    let last = try entryCount == 0 ? nil : tables.leaves(from: entryCount - 1, count: 1).first
    let lastTime = last.flatMap { LedgerEntry(canonicalBytes: $0.leaf)?.time } ?? 0
    guard time == lastTime else {
      throw LedgerError.corrupt(path: path, reason: "the time of the head is not that of the last entry")
    }
  }

  private func check(signer: NoteSigner, path: String) throws(LedgerError) {
    do {
      let signed = try Checkpoint(note: SignedNote(checkpoint), verifiedBy: signer.verifier)
      guard signed.size == tree.size, signed.root == tree.root else {
        throw LedgerError.corrupt(path: path, reason: "the head of the log is not the one that was signed")
      }
    } catch let error as LedgerError {
      throw error
    } catch {
      throw .corrupt(path: path, reason: "\(error)")
    }
  }

  private static func tree(size: UInt64, frontier bytes: [UInt8]) -> MerkleTree? {
    let hashes = stride(from: 0, to: bytes.count, by: MerkleHash.byteCount).compactMap {
      MerkleHash(bytes: bytes[$0..<min($0 + MerkleHash.byteCount, bytes.count)])
    }
    guard hashes.count * MerkleHash.byteCount == bytes.count else { return nil }
    return try? MerkleTree(size: size, frontier: hashes)
  }
}
