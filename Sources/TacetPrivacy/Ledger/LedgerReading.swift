/// What an auditor sees of a ledger: bytes and rows, nothing of what wrote them.
package protocol LedgerReading {
  /// The signed head.
  func checkpointNote() throws(LedgerError) -> String
  /// Each entry with its position, in the order of positions.
  func forEachEntry(_ body: (_ position: Int64, _ leaf: [UInt8]) -> Void) throws(LedgerError)
  /// The index of charges has the charges of the entries before this one, and no others.
  func indexedCount() throws(LedgerError) -> UInt64
  /// Each row of the index of charges that the writer looks releases up in, in no particular order.
  func forEachCharged(_ body: (_ row: ChargedRow) -> Void) throws(LedgerError)
  /// Each row of the index of devices that the writer decides by.
  func forEachDevice(_ body: (_ name: String, _ row: [UInt8]) -> Void) throws(LedgerError)
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
