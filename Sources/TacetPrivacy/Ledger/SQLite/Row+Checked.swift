import GRDB

/// A column is missing or holds a value of another type: the file is not what we wrote.
struct RowTypeError: Error {
  let column: String
}

extension Row {
  /// Reads a column; unlike the subscript it throws, and does not end the process, when the value does not fit.
  func checked<Value: DatabaseValueConvertible>(_ type: Value.Type, _ column: String) throws(RowTypeError) -> Value {
    guard hasColumn(column), let value = Value.fromDatabaseValue(self[column] as DatabaseValue) else {
      throw RowTypeError(column: column)
    }
    return value
  }

  /// Reads an unsigned number, kept as the signed number of the same bits.
  func unsigned(_ column: String) throws(RowTypeError) -> UInt64 {
    UInt64(bitPattern: try checked(Int64.self, column))
  }
}
