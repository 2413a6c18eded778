import TacetLog

/// A ledger on a PostgreSQL server: one connection that writes and one that reads, each made anew when it is lost.
///
/// Writers take turns by the lock of the head's row, on one server and from any number of machines.
final class PostgresStore: LedgerStore {
  let path: String
  private let writer: PostgresSession
  private let reader: PostgresSession

  /// Each statement sees what was committed before it; the row of the head, locked first, lets no other writer come between.
  /// `SET LOCAL` holds behind a pooler too, which hands a session's settings to others.
  private static let begin = """
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on;
    SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes, (
      SELECT count(*) FROM pg_class WHERE relpersistence <> 'p'
      AND oid IN ('tacet_entry'::regclass, 'tacet_head'::regclass, 'tacet_device'::regclass, 'tacet_charged'::regclass)
    ) AS unlogged FROM tacet_head WHERE id = 0 FOR UPDATE
    """
  /// One snapshot for all statements.
  static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

  /// Opens the ledger, and makes its tables when there are none and `create` is set.
  init(address: PostgresAddress, signer: NoteSigner, create: Bool) throws(LedgerError) {
    let path = address.description
    self.path = path
    writer = PostgresSession(address)
    reader = PostgresSession(address)
    // Two that create at once take turns, by a lock named "TCTL".
    try writer.transact("BEGIN; SELECT pg_advisory_xact_lock(\(0x5443_544C))") { connection, _ in
      guard try !PostgresSchema.exists(in: connection, path: path) else { return }
      guard create else { throw LedgerError.missing(path: path) }
      try connection.run(PostgresSchema.statements)
      try PostgresTables(connection: connection, path: path).create(LedgerHead(signer: signer))
    }
  }

  func transact<Value>(
    _ body: (any LedgerTables) throws -> (value: Value, changes: LedgerChanges?)
  ) throws(LedgerError) -> Value {
    try writer.transact(Self.begin) { [path] connection, opened in
      try Self.requireDurable(opened, path: path)
      let tables = PostgresTables(connection: connection, path: path)
      let (value, changes) = try body(tables)
      if let changes { try tables.write(changes) }
      return value
    }
  }

  func read<Value>(_ body: (any LedgerTables) throws -> Value) throws(LedgerError) -> Value {
    try reader.transact(Self.beginReading) { [path] connection, _ in
      try body(PostgresTables(connection: connection, path: path))
    }
  }

  /// A commit must be on disk when it is answered. The server may be told otherwise at any time, so each transaction asks.
  /// - Parameter opened: the row that ``begin`` answers with.
  private static func requireDurable(_ opened: PostgresRows, path: String) throws {
    // Without a head there is nothing to charge, as its reader says.
    guard opened.count == 1 else { return }
    for (column, setting) in ["fsync", "full_page_writes"].enumerated() {
      let value = try opened.string(0, Int32(column), setting)
      guard value == "on" else {
        throw LedgerError.inputOutput(
          path: path, reason: "the server's \(setting) is \(value), so a commit may be lost; set it to on")
      }
    }
    guard try opened.signed(0, 2, "unlogged") == 0 else {
      throw LedgerError.inputOutput(
        path: path, reason: "a table is unlogged, so a crash empties it; ALTER TABLE tacet_… SET LOGGED")
    }
  }
}
