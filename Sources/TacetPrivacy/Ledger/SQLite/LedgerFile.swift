package import Foundation
import GRDB
package import TacetLog

/// A ledger file opened for reading only, without its keys.
package struct LedgerFile: LedgerSource {
  package let path: String
  private let queue: DatabaseQueue

  /// Opens a ledger file; nothing in it can be changed through this.
  /// - Throws: `LedgerError.missing`, `corrupt`, `unsupported`, `inputOutput`.
  package init(file: URL) throws(LedgerError) {
    guard FileManager.default.fileExists(atPath: file.path) else { throw .missing(path: file.path) }
    path = file.path
    queue = try SQLiteStore.mapping(file.path) {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(10)
      let queue = try Self.open(file, configuration)
      let exists = try queue.read { try SQLiteSchema.exists(in: $0, path: file.path) }
      guard exists else { throw LedgerError.corrupt(path: file.path, reason: "it has no tables") }
      return queue
    }
  }

  /// Reads in one consistent snapshot.
  package func examine<Value>(_ body: (any LedgerReading) throws -> Value) throws(LedgerError) -> Value {
    try SQLiteStore.mapping(path) {
      try queue.read { try body(Snapshot(database: $0, path: path)) }
    }
  }

  /// A WAL file needs its -shm beside it, which a folder that cannot be written does not allow to be made. Without a
  /// -wal there is nothing but the file, and SQLite may take it as it is.
  private static func open(_ file: URL, _ configuration: Configuration) throws -> DatabaseQueue {
    let writable = FileManager.default.isWritableFile(atPath: file.deletingLastPathComponent().path)
    if !writable, !FileManager.default.fileExists(atPath: file.path + "-wal") {
      return try DatabaseQueue(path: file.absoluteURL.absoluteString + "?immutable=1", configuration: configuration)
    }
    return try DatabaseQueue(path: file.path, configuration: configuration)
  }
}

extension LedgerFile {
  private struct Snapshot: LedgerReading, LedgerIndexReading {
    let database: Database
    let path: String
    private let tables: SQLiteTables

    init(database: Database, path: String) {
      self.database = database
      self.path = path
      // What is asked of them needs neither a fingerprint nor a tail.
      tables = SQLiteTables(
        database: database, path: path, fingerprint: ReleaseFingerprint(), tail: ChargedTail(capacity: 1))
    }

    func checkpointNote() throws(LedgerError) -> String {
      try SQLiteStore.mapping(path) {
        guard let note = try String.fetchOne(database, sql: "SELECT checkpoint FROM head WHERE id = 0") else {
          throw LedgerError.corrupt(path: path, reason: "the head of the log is missing")
        }
        return note
      }
    }

    var index: (any LedgerIndexReading)? { self }

    func forEachBundle(_ body: (Int64, [UInt8]) -> Void) throws(LedgerError) {
      try forEach("SELECT position, leaves FROM entry ORDER BY position") { row in
        body(try row.checked(Int64.self, "position"), Array(try row.checked(Data.self, "leaves")))
      }
    }

    func head() throws(LedgerError) -> (tree: MerkleTree, time: UInt64)? {
      try SQLiteStore.mapping(path) { try tables.head().map { ($0.tree, $0.time) } }
    }

    func indexedCount() throws(LedgerError) -> UInt64 {
      try SQLiteStore.mapping(path) {
        try Row.fetchOne(database, sql: "SELECT indexed FROM head WHERE id = 0")?.unsigned("indexed") ?? 0
      }
    }

    func fingerprint() throws(LedgerError) -> ReleaseFingerprint {
      try SQLiteStore.mapping(path) { try SQLiteTables.fingerprint(database, path: path) }
    }

    func digest(of charge: IndexedCharge, by key: ReleaseFingerprint) -> UInt64 {
      key.of(charge.fingerprint, charge.position)
    }

    func forEachDigest(by key: ReleaseFingerprint, _ body: (UInt64) -> Void) throws(LedgerError) {
      try SQLiteStore.mapping(path) {
        try database.makeStatement(sql: "SELECT fingerprint, position FROM charged")
          .forEachPair(("fingerprint", "position")) { body(key.of($0, $1)) }
      }
    }

    func leaves(_ range: Range<UInt64>) throws(LedgerError) -> [[UInt8]] {
      try SQLiteStore.mapping(path) { try tables.leaves(from: range.lowerBound, count: range.count).map(\.leaf) }
    }

    func blocks() throws(LedgerError) -> [MerkleHash] {
      try SQLiteStore.mapping(path) { try tables.blocks() }
    }

    func forEachDevice(_ body: (String, [UInt8]) -> Void) throws(LedgerError) {
      try forEach("SELECT name, state FROM device ORDER BY name") { row in
        body(try row.checked(String.self, "name"), Array(try row.checked(String.self, "state").utf8))
      }
    }

    private func forEach(_ sql: String, _ body: (Row) throws -> Void) throws(LedgerError) {
      try SQLiteStore.mapping(path) {
        let rows = try Row.fetchCursor(database, sql: sql)
        while let row = try rows.next() { try body(row) }
      }
    }
  }
}
