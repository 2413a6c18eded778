import GRDB
import GRDBSQLite

/// The statements that run once for every charge, bound and read without GRDB's values in between.
extension Statement {
  /// Binds numbers, hands out the first column of each row, and resets.
  /// - Throws: `RowTypeError` when it is not a number, `DatabaseError`, and what `body` throws.
  func forEachNumber(for value: UInt64, _ body: (UInt64) throws -> Void) throws {
    defer { sqlite3_reset(sqliteStatement) }
    sqlite3_bind_int64(sqliteStatement, 1, Int64(bitPattern: value))
    while try step() { try body(try number(0, "position")) }
  }

  /// Runs a statement with two numbers that gives no rows.
  /// - Throws: `DatabaseError`.
  func run(_ first: UInt64, _ second: UInt64) throws {
    defer { sqlite3_reset(sqliteStatement) }
    sqlite3_bind_int64(sqliteStatement, 1, Int64(bitPattern: first))
    sqlite3_bind_int64(sqliteStatement, 2, Int64(bitPattern: second))
    _ = try step()
  }

  /// Reads rows of two numbers.
  /// - Throws: `RowTypeError` when one is not a number, `DatabaseError`.
  func forEachPair(_ names: (String, String), _ body: (UInt64, UInt64) -> Void) throws {
    defer { sqlite3_reset(sqliteStatement) }
    while try step() { body(try number(0, names.0), try number(1, names.1)) }
  }

  /// Whether there is a row.
  private func step() throws -> Bool {
    let code = sqlite3_step(sqliteStatement)
    guard code == SQLITE_ROW || code == SQLITE_DONE else {
      let message = sqlite3_errmsg(sqlite3_db_handle(sqliteStatement)).map { String(cString: $0) }
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
    return code == SQLITE_ROW
  }

  private func number(_ column: Int32, _ name: String) throws -> UInt64 {
    guard sqlite3_column_type(sqliteStatement, column) == SQLITE_INTEGER else { throw RowTypeError(column: name) }
    return UInt64(bitPattern: sqlite3_column_int64(sqliteStatement, column))
  }
}
