import Foundation
import GRDB
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

  /// Reads the head; nil when the row is missing or its compact range does not fit its size.
  init?(database: Database) throws {
    guard let row = try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM head WHERE id = 0")),
      let size = UInt64(exactly: try row.checked(Int64.self, "size")),
      let tree = Self.tree(size: size, frontier: try row.checked(Data.self, "frontier"))
    else { return nil }
    self.tree = tree
    time = try row.unsigned("time")
    checkpoint = try row.checked(String.self, "checkpoint")
  }

  /// Signs the tree as it stands.
  mutating func sign(with signer: NoteSigner) throws(NoteError) {
    let statement = try Checkpoint(origin: signer.verifier.name, size: tree.size, root: tree.root)
    checkpoint = try signer.sign(statement.text).description
  }

  func write(to database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO head VALUES (0, ?, ?, ?, ?)").execute(
      arguments: [
        Int64(bitPattern: tree.size), Data(tree.frontier.flatMap(\.bytes)), Int64(bitPattern: time), checkpoint,
      ])
  }

  private static func tree(size: UInt64, frontier: Data) -> MerkleTree? {
    let bytes = Array(frontier)
    let hashes = stride(from: 0, to: bytes.count, by: MerkleHash.byteCount).compactMap {
      MerkleHash(bytes: bytes[$0..<min($0 + MerkleHash.byteCount, bytes.count)])
    }
    guard hashes.count * MerkleHash.byteCount == bytes.count else { return nil }
    return try? MerkleTree(size: size, frontier: hashes)
  }
}
