package import TacetLog

/// A ledger on a PostgreSQL server, opened for reading only, without its keys.
package struct PostgresLedger: LedgerSource {
  package var path: String { session.path }
  private let session: PostgresSession

  /// - Parameter address: where it is.
  /// - Throws: `LedgerError.missing`, `unsupported`, `unavailable`, `inputOutput`.
  package init(_ address: PostgresAddress) throws(LedgerError) {
    session = PostgresSession(address)
    let path = address.description
    try session.transact(PostgresStore.beginReading) { connection, _ in
      guard try PostgresSchema.exists(in: connection, path: path) else { throw LedgerError.missing(path: path) }
    }
  }

  /// Reads in one consistent snapshot; rows come in portions, so memory does not grow with the ledger.
  package func examine<Value>(_ body: (any LedgerReading) throws -> Value) throws(LedgerError) -> Value {
    try session.transact(PostgresStore.beginReading) { [path] connection, _ in
      try body(Snapshot(connection: connection, path: path))
    }
  }
}

extension PostgresLedger {
  private struct Snapshot: LedgerReading, LedgerIndexReading {
    let connection: PostgresConnection
    let path: String
    private let names = ReleaseFingerprint()
    private var tables: PostgresTables { PostgresTables(connection: connection, path: path) }

    init(connection: PostgresConnection, path: String) {
      self.connection = connection
      self.path = path
    }

    var index: (any LedgerIndexReading)? { self }

    func checkpointNote() throws(LedgerError) -> String {
      try mapping {
        let rows = try connection.run("SELECT checkpoint FROM tacet_head WHERE id = 0")
        guard rows.count == 1 else { throw LedgerError.headless(path: path) }
        return try rows.string(0, 0, "checkpoint")
      }
    }

    func forEachBundle(_ body: (Int64, [UInt8]) -> Void) throws(LedgerError) {
      let query = "SELECT position, leaves FROM tacet_entry ORDER BY position"
      try forEach(query, portion: PostgresTables.bundlesAtOnce) { rows, row in
        body(try rows.signed(row, 0, "position"), try rows.data(row, 1, "leaves"))
      }
    }

    func head() throws(LedgerError) -> (tree: MerkleTree, time: UInt64)? {
      try mapping { try tables.head().map { ($0.tree, $0.time) } }
    }

    /// The index is complete after each commit.
    func indexedCount() throws(LedgerError) -> UInt64 {
      try mapping { try connection.run("SELECT size FROM tacet_head WHERE id = 0").unsigned(0, 0, "size") }
    }

    /// The table has the names themselves.
    func fingerprint() -> ReleaseFingerprint { names }

    func digest(of charge: IndexedCharge, by key: ReleaseFingerprint) -> UInt64 {
      key.of(key.of(charge.fingerprint, charge.position), key.of(charge.time, charge.cost))
    }

    func forEachDigest(by key: ReleaseFingerprint, _ body: (UInt64) -> Void) throws(LedgerError) {
      let query = "SELECT device, release, position, time, cost FROM tacet_charged"
      try forEach(query, portion: 10_000) { rows, row in
        let device = try rows.string(row, 0, "device")
        let charge = IndexedCharge(
          fingerprint: names.of(try rows.string(row, 1, "release"), device: device),
          position: try rows.unsigned(row, 2, "position"), time: try rows.unsigned(row, 3, "time"),
          cost: try rows.unsigned(row, 4, "cost"))
        body(digest(of: charge, by: key))
      }
    }

    func leaves(_ range: Range<UInt64>) throws(LedgerError) -> [[UInt8]] {
      try mapping { try tables.leaves(from: range.lowerBound, count: range.count).map(\.leaf) }
    }

    func blocks() throws(LedgerError) -> [MerkleHash] {
      try mapping { try tables.blocks() }
    }

    func forEachDevice(_ body: (String, [UInt8]) -> Void) throws(LedgerError) {
      try forEach("SELECT name, state FROM tacet_device ORDER BY name", portion: 1000) { rows, row in
        body(try rows.string(row, 0, "name"), Array(try rows.bytes(row, 1, "state")))
      }
    }

    private func forEach(
      _ query: String, portion: Int, _ body: (PostgresRows, Int) throws -> Void
    ) throws(LedgerError) {
      try mapping {
        try connection.run("DECLARE portion NO SCROLL CURSOR FOR \(query)")
        while true {
          let rows = try connection.run("FETCH \(portion) FROM portion")
          for row in 0..<rows.count { try body(rows, row) }
          if rows.count < portion { break }
        }
        try connection.run("CLOSE portion")
      }
    }

    private func mapping<Value>(_ body: () throws -> Value) throws(LedgerError) -> Value {
      do {
        return try body()
      } catch let error as LedgerError {
        throw error
      } catch let failure as PostgresFailure {
        throw failure.error(at: path)
      } catch {
        throw .inputOutput(path: path, reason: "\(error)")
      }
    }
  }
}
