import GRDB

/// What the ledger knows of a device: the budget in force and what is spent of it.
struct DeviceState {
  var epsilon: Double
  var delta: Double
  var limit: UInt64
  /// Seconds; 0 for a lifetime.
  var windowSeconds: UInt64
  /// The start of the window that `spent` is about, in seconds since 1970.
  var windowStart: UInt64
  /// μ² in units of 2^-40.
  var spent: UInt64
  /// All charges ever.
  var charges: UInt64

  /// The start of the window that `time` is in; 0 for a lifetime.
  static func windowStart(of time: UInt64, seconds: UInt64) -> UInt64 {
    seconds == 0 ? 0 : time - time % seconds
  }

  /// Moves on to the window of `time`. It never goes back, since the ledger's time does not.
  mutating func roll(to time: UInt64) {
    let start = Self.windowStart(of: time, seconds: windowSeconds)
    if start > windowStart {
      windowStart = start
      spent = 0
    }
  }

  static func read(_ name: String, from database: Database) throws -> DeviceState? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM device WHERE name = ?"), arguments: [name])
      .map { try DeviceState(row: $0) }
  }

  init(
    epsilon: Double, delta: Double, limit: UInt64, windowSeconds: UInt64, windowStart: UInt64, spent: UInt64,
    charges: UInt64
  ) {
    self.epsilon = epsilon
    self.delta = delta
    self.limit = limit
    self.windowSeconds = windowSeconds
    self.windowStart = windowStart
    self.spent = spent
    self.charges = charges
  }

  init(row: Row) throws {
    // Throwing reads: what is in the file is input.
    let epsilon = try row.checked(Double.self, "epsilon")
    guard epsilon.isFinite else { throw RowTypeError(column: "epsilon") }
    self.init(
      epsilon: epsilon, delta: try row.checked(Double.self, "delta"),
      limit: try row.unsigned("budget"), windowSeconds: try row.unsigned("window"),
      windowStart: try row.unsigned("window_start"),
      spent: try row.unsigned("spent"), charges: try row.unsigned("charges"))
  }

  func write(_ name: String, to database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?)").execute(
      arguments: [
        name, epsilon, delta, Int64(bitPattern: limit), Int64(bitPattern: windowSeconds),
        Int64(bitPattern: windowStart), Int64(bitPattern: spent), Int64(bitPattern: charges),
      ])
  }
}
