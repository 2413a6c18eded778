/// The tables of a ledger on a PostgreSQL server, in the schema that the connection's `search_path` puts first. Version
/// history, one line each:
///
/// 1. `tacet_entry` holds the leaves, those of a commit in a row by the position of the first; `tacet_head` the tree, its
///    signed checkpoint and the highest time seen, and its row is the lock of writers; `tacet_device` (states in canonical
///    JSON) and `tacet_charged` are the index over the entries, complete after each commit. Never released, and not read.
/// 2. As 1, with the roots of blocks of entries in `tacet_block` (`LedgerBlock`).
enum PostgresSchema {
  /// `tacet_head.version`.
  static let version: Int64 = 2

  /// Makes the tables; the head's row is `$1…$4` of ``insertHead``. Names sort by their bytes.
  static let statements = """
    CREATE TABLE tacet_entry (position bigint PRIMARY KEY, leaves bytea NOT NULL);
    CREATE TABLE tacet_block (number bigint PRIMARY KEY, root bytea NOT NULL);
    CREATE TABLE tacet_head (
      id integer PRIMARY KEY CHECK (id = 0), size bigint NOT NULL, frontier bytea NOT NULL, time bigint NOT NULL,
      checkpoint text NOT NULL, version integer NOT NULL);
    CREATE TABLE tacet_device (name text COLLATE "C" PRIMARY KEY, state text NOT NULL);
    CREATE TABLE tacet_charged (
      device text COLLATE "C" NOT NULL, release text COLLATE "C" NOT NULL, position bigint NOT NULL,
      time bigint NOT NULL, cost bigint NOT NULL, PRIMARY KEY (device, release));
    """

  static let insertHead = "INSERT INTO tacet_head VALUES (0, $1, $2, $3, $4, \(version))"

  /// A commit in one round trip: its leaves, its charges, the devices it changed, and the head.
  static let write = """
    WITH entry AS (INSERT INTO tacet_entry VALUES ($5::bigint, $6::bytea)),
    charged AS (
      INSERT INTO tacet_charged
      SELECT * FROM unnest($7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])),
    device AS (
      INSERT INTO tacet_device SELECT * FROM unnest($12::text[], $13::text[])
      ON CONFLICT (name) DO UPDATE SET state = excluded.state),
    block AS (
      INSERT INTO tacet_block SELECT * FROM unnest($14::bigint[], $15::bytea[])
      ON CONFLICT (number) DO UPDATE SET root = excluded.root)
    UPDATE tacet_head SET size = $1, frontier = $2, time = $3, checkpoint = $4 WHERE id = 0
    """

  /// Whether the tables are there.
  /// - Throws: `LedgerError.unsupported` when they are of another version.
  static func exists(in connection: PostgresConnection, path: String) throws -> Bool {
    guard try connection.run("SELECT 1 WHERE to_regclass('tacet_head') IS NOT NULL").count == 1 else { return false }
    let rows = try connection.run("SELECT version FROM tacet_head WHERE id = 0")
    guard rows.count == 1 else { throw LedgerError.headless(path: path) }
    let found = try rows.signed(0, 0, "version")
    guard found == version else {
      throw LedgerError.unsupported(path: path, reason: "format version \(found), known is \(version)")
    }
    return true
  }
}
