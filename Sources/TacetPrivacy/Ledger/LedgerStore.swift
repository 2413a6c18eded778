import Foundation
import GRDB
import TacetLog

/// The SQLite file of a ledger: one connection, WAL, every commit synced to disk.
final class LedgerStore: Sendable {
  let path: String
  let signer: NoteSigner
  private let queue: DatabaseQueue

  /// Opens the file, makes its tables when it is new, and checks that its head is the one that was signed.
  init(file: URL, signer: NoteSigner, create: Bool) throws(LedgerError) {
    path = file.path
    self.signer = signer
    queue = try Self.mapping(file.path) {
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      return try DatabaseQueue(path: file.path, configuration: configuration)
    }
    try Self.mapping(path) { [queue, path] in
      try queue.writeWithoutTransaction { database in
        try Self.makeDurable(database)
        try database.inTransaction(.immediate) {
          if try !LedgerSchema.exists(in: database, path: path) {
            guard create else { throw LedgerError.missing(path: path) }
            try database.execute(sql: LedgerSchema.statements)
            try LedgerHead(signer: signer).write(to: database)
          }
          try Self.check(database, signer: signer, path: path)
          return .commit
        }
      }
    }
  }

  /// Applies requests in one durable transaction; on return they are on disk, on an error none is.
  func commit(_ requests: [LedgerRequest], now: UInt64) throws(LedgerError) -> [LedgerOutcome] {
    try Self.mapping(path) { [queue, path, signer] in
      try queue.writeWithoutTransaction { database in
        var outcomes: [LedgerOutcome] = []
        try database.inTransaction(.immediate) {
          var transaction = try LedgerTransaction(database: database, signer: signer, now: now, path: path)
          outcomes = try requests.map { try transaction.apply($0) }
          try transaction.finish()
          return .commit
        }
        return outcomes
      }
    }
  }

  /// Reads in one consistent snapshot.
  func read<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    try Self.mapping(path) { try queue.read(body) }
  }

  /// WAL with a sync at every commit. It must follow opening, which may set another mode, and is read back.
  private static func makeDurable(_ database: Database) throws {
    let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
    try database.execute(sql: "PRAGMA synchronous = FULL")
    // On Apple's systems fsync alone does not reach the medium; elsewhere this does nothing.
    try database.execute(sql: "PRAGMA fullfsync = 1")
    let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
    guard mode == "wal", synchronous == 2 else {
      throw DatabaseError(resultCode: .SQLITE_IOERR, message: "durable commits are not available here")
    }
  }

  private static func check(_ database: Database, signer: NoteSigner, path: String) throws {
    guard let head = try LedgerHead(database: database) else {
      throw LedgerError.corrupt(path: path, reason: "the head of the log is missing or malformed")
    }
    do {
      let checkpoint = try Checkpoint(note: SignedNote(head.checkpoint), verifiedBy: signer.verifier)
      guard checkpoint.size == head.tree.size, checkpoint.root == head.tree.root else {
        throw LedgerError.corrupt(path: path, reason: "the head of the log is not the one that was signed")
      }
    } catch let error as NoteError {
      throw LedgerError.corrupt(path: path, reason: "\(error)")
    }
    let last = try Int64.fetchOne(database, sql: "SELECT MAX(position) FROM entry").map { UInt64(bitPattern: $0) &+ 1 }
    guard (last ?? 0) == head.tree.size else {
      throw LedgerError.corrupt(path: path, reason: "\(last ?? 0) entries where \(head.tree.size) were signed")
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
