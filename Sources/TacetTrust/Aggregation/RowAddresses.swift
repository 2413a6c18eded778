/// Where vectors lie in memory as 32-bit floating point, each in one piece.
struct RowAddresses: @unchecked Sendable {
  // Unchecked: memory that stays as it is while the addresses are in use.
  let starts: [UnsafePointer<Float>]

  /// Each row is asked within the call of the one before, and a thread's stack is not endless.
  private static let mostRows = 256

  /// Calls `body` with the addresses, or with nil if not all rows have one.
  static func of<Failure: Error>(
    _ rows: [any VectorRow], _ body: (RowAddresses?) throws(Failure) -> Void
  ) throws(Failure) {
    guard rows.count <= mostRows else { return try body(nil) }
    try of(rows[...], after: [], body)
  }

  private static func of<Failure: Error>(
    _ rows: ArraySlice<any VectorRow>, after starts: [UnsafePointer<Float>],
    _ body: (RowAddresses?) throws(Failure) -> Void
  ) throws(Failure) {
    guard let row = rows.first else { return try body(RowAddresses(starts: starts)) }
    try row.withAddress { address throws(Failure) in
      guard let address else { return try body(nil) }
      try of(rows.dropFirst(), after: starts + [address], body)
    }
  }
}
