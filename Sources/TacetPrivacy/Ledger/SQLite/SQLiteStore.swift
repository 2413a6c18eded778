import Foundation
import GRDB
import Synchronization
import TacetLog

/// A ledger in an SQLite file: one connection, WAL, every commit synced to disk.
final class SQLiteStore: LedgerStore {
  let path: String
  private let queue: DatabaseQueue
  private let fingerprint: ReleaseFingerprint
  /// Touched inside transactions of the queue only, so never contended.
  private let tail: Mutex<ChargedTail>
  /// Likewise; nil when the file must be asked.
  private let last = Mutex<LastCommit?>(nil)

  /// How long a transaction waits for another process to finish its own, which takes milliseconds.
  static let busySeconds = 5.0

  /// Opens the file, and makes its tables when it is new.
  init(file: URL, signer: NoteSigner, create: Bool, indexing: Int) throws(LedgerError) {
    path = file.path
    tail = Mutex(ChargedTail(capacity: indexing))
    queue = try Self.mapping(file.path) {
      var configuration = Configuration()
      configuration.busyMode = .timeout(Self.busySeconds)
      return try DatabaseQueue(path: file.path, configuration: configuration)
    }
    fingerprint = try Self.mapping(path) { [queue, path] in
      try queue.writeWithoutTransaction { database in
        try Self.makeDurable(database)
        try database.inTransaction(.immediate) {
          if try !SQLiteSchema.exists(in: database, path: path) {
            guard create else { throw LedgerError.missing(path: path) }
            try database.execute(sql: SQLiteSchema.statements)
            try SQLiteTables(
              database: database, path: path, fingerprint: ReleaseFingerprint(), tail: ChargedTail(capacity: indexing)
            ).write(LedgerChanges(head: LedgerHead(signer: signer)))
          }
          return .commit
        }
        return try SQLiteTables.fingerprint(database, path: path)
      }
    }
  }

  func transact<Value>(
    _ body: (any LedgerTables) throws -> (value: Value, changes: LedgerChanges?)
  ) throws(LedgerError) -> Value {
    try Self.mapping(path) { [queue, path] in
      try queue.writeWithoutTransaction { database in
        var result: (value: Value, changes: LedgerChanges?)?
        // It comes back when the transaction has succeeded.
        var last = last.withLock { $0.take() }
        try database.inTransaction(.immediate) {
          let version = try LastCommit.version(database)
          if last?.holds(at: version) == false { last = nil }
          let tables = try tables(database, since: last)
          result = try body(tables)
          if let changes = result?.changes {
            try tables.write(changes)
            last = LastCommit(version: version, changes: changes, known: last?.devices ?? [:])
          }
          return .commit
        }
        guard let result else { throw LedgerError.inputOutput(path: path, reason: "the transaction did not run") }
        if let changes = result.changes { tail.withLock { $0.follow(changes, by: fingerprint) } }
        self.last.withLock { $0 = last }
        return result.value
      }
    }
  }

  func read<Value>(_ body: (any LedgerTables) throws -> Value) throws(LedgerError) -> Value {
    try Self.mapping(path) { try queue.read { try body(try tables($0, since: nil)) } }
  }

  private func tables(_ database: Database, since last: LastCommit?) throws -> SQLiteTables {
    let tail = try tail.withLock { tail in
      if last == nil { try tail.follow(database, by: fingerprint, path: path) }
      return tail
    }
    return SQLiteTables(database: database, path: path, fingerprint: fingerprint, tail: tail, last: last)
  }

  /// WAL with a sync at every commit. It must follow opening, which may set another mode, and is read back.
  private static func makeDurable(_ database: Database) throws {
    let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
    try database.execute(sql: "PRAGMA synchronous = FULL")
    // On Apple's systems fsync alone does not reach the medium; elsewhere this does nothing.
    try database.execute(sql: "PRAGMA fullfsync = 1")
    // The cache keeps what a commit touches; the file is brought up to date less often, in larger pieces.
    try database.execute(sql: "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4096")
    let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
    guard mode == "wal", synchronous == 2 else {
      throw DatabaseError(resultCode: .SQLITE_IOERR, message: "durable commits are not available here")
    }
  }

  /// Turns SQLite's failures into ours; SQL and its values stay out of the message.
  static func mapping<Value>(_ path: String, _ body: () throws -> Value) throws(LedgerError) -> Value {
    do {
      return try body()
    } catch let error as LedgerError {
      throw error
    } catch let error as DatabaseError {
      let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
      switch error.resultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CONSTRAINT, .SQLITE_ERROR, .SQLITE_MISMATCH:
        throw .corrupt(path: path, reason: reason)
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        throw .inputOutput(path: path, reason: "\(reason): another process holds it; try again when it is done")
      case .SQLITE_FULL:
        throw .inputOutput(path: path, reason: "\(reason): make room on the disk and try again")
      case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
        throw .inputOutput(
          path: path, reason: "\(reason): make the file, its -wal and -shm, and its folder writable for this user")
      default:
        throw .inputOutput(path: path, reason: reason)
      }
    } catch let error as RowTypeError {
      throw .corrupt(path: path, reason: "column \(error.column) is missing or of another type")
    } catch is RowDecodingError {
      throw .corrupt(path: path, reason: "a value is of another type")
    } catch {
      throw .inputOutput(path: path, reason: "\(error)")
    }
  }
}
