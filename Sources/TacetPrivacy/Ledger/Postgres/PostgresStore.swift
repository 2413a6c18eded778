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
    SELECT id FROM tacet_head WHERE id = 0 FOR UPDATE
    """
  /// One snapshot for all statements.
  static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

  /// Opens the ledger, and makes its tables when there are none and `create` is set.
  init(address: PostgresAddress, signer: NoteSigner, create: Bool) throws(LedgerError) {
    let path = address.description
    self.path = path
    writer = PostgresSession(address) { try Self.requireDurable($0, path: path) }
    reader = PostgresSession(address)
    // Two that create at once take turns, by a lock named "TCTL".
    try writer.transact("BEGIN; SELECT pg_advisory_xact_lock(\(0x5443_544C))") { connection in
      guard try !PostgresSchema.exists(in: connection, path: path) else { return }
      guard create else { throw LedgerError.missing(path: path) }
      try connection.run(PostgresSchema.statements)
      try PostgresTables(connection: connection, path: path).create(LedgerHead(signer: signer))
    }
  }

  func transact<Value>(
    _ body: (any LedgerTables) throws -> (value: Value, changes: LedgerChanges?)
  ) throws(LedgerError) -> Value {
    try writer.transact(Self.begin) { [path] connection in
      let tables = PostgresTables(connection: connection, path: path)
      let (value, changes) = try body(tables)
      if let changes { try tables.write(changes) }
      return value
    }
  }

  func read<Value>(_ body: (any LedgerTables) throws -> Value) throws(LedgerError) -> Value {
    try reader.transact(Self.beginReading) { [path] in try body(PostgresTables(connection: $0, path: path)) }
  }

  /// A commit must be on disk when it is answered. These are the server's; `synchronous_commit` is each transaction's own.
  private static func requireDurable(_ connection: PostgresConnection, path: String) throws {
    for setting in ["fsync", "full_page_writes"] {
      let value = try connection.run("SHOW \(setting)").string(0, 0, setting)
      guard value == "on" else {
        throw LedgerError.inputOutput(
          path: path, reason: "the server's \(setting) is \(value), so a commit may be lost; set it to on")
      }
    }
  }
}
