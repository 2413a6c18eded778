import CPostgres

/// The rows that answer a statement, in PostgreSQL's text format.
final class PostgresRows {
  private let result: OpaquePointer
  /// How many there are.
  let count: Int

  /// Takes a result of libpq, which is freed with this.
  init(owning result: OpaquePointer) {
    self.result = result
    count = Int(PQntuples(result))
  }

  deinit { PQclear(result) }

  /// The text of a column, counted from 0; its bytes need not be UTF-8.
  func bytes(_ row: Int, _ column: Int32, _ name: String) throws(PostgresFailure) -> UnsafeBufferPointer<UInt8> {
    guard row >= 0, row < count, column < PQnfields(result), PQgetisnull(result, Int32(row), column) == 0,
      let value = PQgetvalue(result, Int32(row), column)
    else { throw .malformed(column: name) }
    let length = Int(PQgetlength(result, Int32(row), column))
    return UnsafeRawBufferPointer(start: value, count: length).bindMemory(to: UInt8.self)
  }

  func string(_ row: Int, _ column: Int32, _ name: String) throws(PostgresFailure) -> String {
    guard let text = String(validating: try bytes(row, column, name), as: UTF8.self) else {
      throw .malformed(column: name)
    }
    return text
  }

  func signed(_ row: Int, _ column: Int32, _ name: String) throws(PostgresFailure) -> Int64 {
    guard let number = Int64(try string(row, column, name)) else { throw .malformed(column: name) }
    return number
  }

  /// An unsigned number, kept as the signed number of the same bits.
  func unsigned(_ row: Int, _ column: Int32, _ name: String) throws(PostgresFailure) -> UInt64 {
    UInt64(bitPattern: try signed(row, column, name))
  }

  /// A `bytea` in the hex format.
  func data(_ row: Int, _ column: Int32, _ name: String) throws(PostgresFailure) -> [UInt8] {
    let text = try bytes(row, column, name)
    guard let data = PostgresText.unhex(text) else { throw .malformed(column: name) }
    return data
  }
}
