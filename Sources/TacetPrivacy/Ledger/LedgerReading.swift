/// What an auditor sees of a ledger: bytes and rows, nothing of what wrote them.
package protocol LedgerReading {
  /// The signed head.
  func checkpointNote() throws(LedgerError) -> String
  /// Each entry with its position, in the order of positions.
  func forEachEntry(_ body: (_ position: Int64, _ leaf: [UInt8]) -> Void) throws(LedgerError)
  /// Each row of the index of charges that the writer looks releases up in.
  func forEachCharged(_ body: (_ row: ChargedRow) -> Void) throws(LedgerError)
  /// Each row of the index of sums that the writer decides by.
  func forEachDevice(_ body: (_ name: String, _ row: DeviceRow) -> Void) throws(LedgerError)
}

/// A row of the index of charges.
package struct ChargedRow: Hashable, Sendable {
  /// The device.
  package let device: String
  /// The release ID.
  package let release: String
  /// The entry.
  package let position: UInt64
  /// When, in seconds since 1970.
  package let time: UInt64
  /// μ² in units of 2^-40.
  package let cost: UInt64

  /// A row.
  package init(device: String, release: String, position: UInt64, time: UInt64, cost: UInt64) {
    self.device = device
    self.release = release
    self.position = position
    self.time = time
    self.cost = cost
  }
}

/// A row of the index of sums.
package struct DeviceRow: Hashable, Sendable {
  /// The bound on μ² in units of 2^-40.
  package let limit: UInt64
  /// The window in seconds; 0 for a lifetime.
  package let windowSeconds: UInt64
  /// The start of the window the sum is about, in seconds since 1970.
  package let windowStart: UInt64
  /// μ² in units of 2^-40.
  package let spent: UInt64
  /// All charges ever.
  package let charges: UInt64

  /// A row.
  package init(limit: UInt64, windowSeconds: UInt64, windowStart: UInt64, spent: UInt64, charges: UInt64) {
    self.limit = limit
    self.windowSeconds = windowSeconds
    self.windowStart = windowStart
    self.spent = spent
    self.charges = charges
  }
}
