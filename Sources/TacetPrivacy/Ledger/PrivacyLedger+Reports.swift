import Foundation
import GRDB
import TacetLog

extension PrivacyLedger {
  /// The C2SP verifier key of the ledger's checkpoints.
  public nonisolated var verifierKey: String { store.signer.verifier.description }

  /// What a device has spent in the current window; nil when no budget was ever set for it.
  /// - Throws: `LedgerError` when the file cannot be read.
  public func summary(for device: String) throws(LedgerError) -> DeviceSummary? {
    let now = currentTime()
    return try store.read { database in
      guard let head = try LedgerHead(database: database), var state = try DeviceState.read(device, from: database)
      else { return nil }
      state.roll(to: max(now, head.time))
      return state.summary(of: device, lastCost: try Self.lastCost(of: device, in: database))
    }
  }

  /// What each device has spent in its current window, sorted by name.
  /// - Throws: `LedgerError` when the file cannot be read.
  public func summaries() throws(LedgerError) -> [DeviceSummary] {
    let now = currentTime()
    return try store.read { database in
      let time = max(now, try LedgerHead(database: database)?.time ?? 0)
      return try Row.fetchAll(database, sql: "SELECT * FROM device ORDER BY name").map { row in
        var state = try DeviceState(row: row)
        state.roll(to: time)
        let name = try row.checked(String.self, "name")
        return state.summary(of: name, lastCost: try Self.lastCost(of: name, in: database))
      }
    }
  }

  private static func lastCost(of device: String, in database: Database) throws -> UInt64 {
    let cost = try Int64.fetchOne(
      database, sql: "SELECT cost FROM charged WHERE device = ? ORDER BY position DESC LIMIT 1", arguments: [device])
    return cost.map(UInt64.init(bitPattern:)) ?? 0
  }

  /// The budget in force for a device; nil when none was ever set.
  /// - Throws: `LedgerError` when the file cannot be read.
  public func budget(for device: String) throws(LedgerError) -> Budget? {
    try store.read { database in
      guard let state = try DeviceState.read(device, from: database) else { return nil }
      let window: Duration? = state.windowSeconds == 0 ? nil : .seconds(Int64(clamping: state.windowSeconds))
      return try Budget(epsilon: state.epsilon, delta: state.delta, window: window)
    }
  }

  /// The last signed checkpoint, a C2SP signed note.
  /// - Throws: `LedgerError` when the file cannot be read.
  public func checkpoint() throws(LedgerError) -> String {
    let path = store.path
    return try store.read { database in
      guard let head = try LedgerHead(database: database) else {
        throw LedgerError.corrupt(path: path, reason: "the head of the log is missing or malformed")
      }
      return head.checkpoint
    }
  }

  /// Entries in their order.
  /// - Parameters:
  ///   - start: the first index.
  ///   - count: how many at most.
  /// - Throws: `LedgerError.corrupt` when a row is not an entry of a known kind.
  public func entries(from start: UInt64 = 0, count: Int) throws(LedgerError) -> [LedgerEntry] {
    let path = store.path
    return try store.read { database in
      try Row.fetchAll(
        database, sql: "SELECT position, leaf FROM entry WHERE position >= ? ORDER BY position LIMIT ?",
        arguments: [Int64(clamping: start), max(0, count)]
      ).map { row in
        let leaf = try row.checked(Data.self, "leaf")
        guard let entry = LedgerEntry(canonicalBytes: Array(leaf)) else {
          let position = try row.checked(Int64.self, "position")
          throw LedgerError.corrupt(path: path, reason: "entry \(position) is not an entry of a known kind")
        }
        return entry
      }
    }
  }
}
