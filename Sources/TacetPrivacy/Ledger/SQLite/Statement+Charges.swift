import GRDB
import GRDBSQLite

/// The statements that run once for every charge, bound without GRDB's values in between.
extension Statement {
  /// The one number that a query of two texts finds, or nil.
  /// - Throws: `DatabaseError`.
  func number(for first: String, _ second: String) throws -> Int64? {
    try withTexts(first, second) { code in
      guard code == SQLITE_ROW else { return nil }
      return sqlite3_column_int64(sqliteStatement, 0)
    }
  }

  /// Inserts a row of two texts and three numbers.
  /// - Throws: `DatabaseError`.
  func insert(_ first: String, _ second: String, _ numbers: (Int64, Int64, Int64)) throws {
    sqlite3_bind_int64(sqliteStatement, 3, numbers.0)
    sqlite3_bind_int64(sqliteStatement, 4, numbers.1)
    sqlite3_bind_int64(sqliteStatement, 5, numbers.2)
    try withTexts(first, second) { _ in }
  }

  /// Reads rows of the index of charges, columns in the order of ``ChargedRow``.
  /// - Throws: `RowTypeError`, `DatabaseError`.
  func forEachCharged(_ body: (ChargedRow) -> Void) throws {
    defer { sqlite3_reset(sqliteStatement) }
    while true {
      let code = sqlite3_step(sqliteStatement)
      guard code == SQLITE_ROW else {
        guard code == SQLITE_DONE else { throw failure(code) }
        return
      }
      body(
        ChargedRow(
          device: try text(0, "device"), release: try text(1, "release"), position: try number(2, "position"),
          time: try number(3, "time"), cost: try number(4, "cost")))
    }
  }

  private func text(_ column: Int32, _ name: String) throws -> String {
    guard sqlite3_column_type(sqliteStatement, column) == SQLITE_TEXT,
      let start = sqlite3_column_text(sqliteStatement, column)
    else { throw RowTypeError(column: name) }
    let count = Int(sqlite3_column_bytes(sqliteStatement, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  private func number(_ column: Int32, _ name: String) throws -> UInt64 {
    guard sqlite3_column_type(sqliteStatement, column) == SQLITE_INTEGER else { throw RowTypeError(column: name) }
    return UInt64(bitPattern: sqlite3_column_int64(sqliteStatement, column))
  }

  private func failure(_ code: Int32) -> DatabaseError {
    let message = sqlite3_errmsg(sqlite3_db_handle(sqliteStatement)).map { String(cString: $0) }
    return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }

  /// Binds two texts, steps once, and resets; the texts are borrowed for no longer than that.
  private func withTexts<Value>(_ first: String, _ second: String, _ body: (Int32) -> Value) throws -> Value {
    var (first, second) = (first, second)
    return try first.withUTF8 { one in
      try second.withUTF8 { two in
        defer {
          sqlite3_reset(sqliteStatement)
          sqlite3_clear_bindings(sqliteStatement)
        }
        sqlite3_bind_text(sqliteStatement, 1, one.baseAddress, Int32(one.count), nil)
        sqlite3_bind_text(sqliteStatement, 2, two.baseAddress, Int32(two.count), nil)
        let code = sqlite3_step(sqliteStatement)
        guard code == SQLITE_ROW || code == SQLITE_DONE else { throw failure(code) }
        return body(code)
      }
    }
  }
}
