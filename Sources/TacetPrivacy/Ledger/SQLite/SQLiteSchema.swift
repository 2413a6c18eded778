import GRDB

/// The tables of a ledger file. Version history, one line each:
///
/// 1. One row an entry; charges without dimension and precision, one budget a device. Never released, and not read.
/// 2. `entry` holds the leaves, those of one commit in one row under the position of the first (`LeafBundle`); `head` the
///    tree, its signed checkpoint and the highest time seen; `device` (states in canonical JSON) and `charged` are the index
///    over the entries that a charge looks at, and the audit recomputes. `charged` has the charges before the entry
///    `head.indexed`; those from there on are in the log alone until they are many enough to be sorted in at once
///    (`ChargedTail`). Never released, and not read.
/// 3. As 2, but `charged` has fingerprints of releases (`ReleaseFingerprint`, under `head.salt`) and positions alone; what they
///    stand for is in the log.
///    Never released, and not read.
/// 4. As 3, with the roots of blocks of entries in `block` (`LedgerBlock`).
enum SQLiteSchema {
  /// `PRAGMA application_id` of a ledger file: "TCTL".
  static let applicationID: Int64 = 0x5443_544C
  /// `PRAGMA user_version`.
  static let version: Int64 = 4

  static let statements = """
    CREATE TABLE entry (position INTEGER PRIMARY KEY, leaves BLOB NOT NULL);
    CREATE TABLE block (number INTEGER PRIMARY KEY, root BLOB NOT NULL);
    CREATE TABLE head (
      id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, frontier BLOB NOT NULL, time INTEGER NOT NULL,
      checkpoint TEXT NOT NULL, indexed INTEGER NOT NULL, salt BLOB NOT NULL);
    CREATE TABLE device (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE charged (
      fingerprint INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (fingerprint, position)
    ) WITHOUT ROWID;
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    """

  /// Whether the file has our tables.
  /// - Throws: `LedgerError.unsupported` when it is of another version or another program; GRDB's errors.
  static func exists(in database: Database, path: String) throws -> Bool {
    let identity = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let found = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    if identity == 0, found == 0, try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") == 0 {
      return false
    }
    guard identity == applicationID else {
      throw LedgerError.corrupt(path: path, reason: "it is an SQLite file of another program")
    }
    guard found == version else {
      throw LedgerError.unsupported(path: path, reason: "format version \(found), known is \(version)")
    }
    return true
  }
}
