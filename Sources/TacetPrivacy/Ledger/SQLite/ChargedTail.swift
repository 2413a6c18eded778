import Foundation
import GRDB

/// The latest charges of a ledger file by release: those that its index does not have yet.
///
/// An index over release IDs is written all over the place, the log only at its end. So a commit writes the log, and the
/// index follows once in ``capacity`` charges; what it lacks is read from the end of the log when the file is opened, or
/// when another process has written. Nothing is lost with it: it is made of the log alone.
struct ChargedTail {
  /// The index is brought up to date when the tail has this many charges.
  static let capacity = 32768

  /// The first entry that the index does not have.
  private(set) var start: UInt64 = 0
  /// The entry after the last that the tail has read.
  private(set) var end: UInt64 = 0
  /// The charges between.
  private(set) var rows: [ReleaseName: ChargedRow] = [:]

  /// Brings the tail up to what the file holds, inside a transaction.
  /// - Throws: `LedgerError.corrupt` when an entry is malformed; GRDB's errors.
  mutating func follow(_ database: Database, path: String) throws {
    guard
      let head = try Row.fetchOne(database.cachedStatement(sql: "SELECT size, indexed FROM head WHERE id = 0"))
    else { return }
    let (size, indexed) = (try head.unsigned("size"), try head.unsigned("indexed"))
    if indexed != start || size < end { self = ChargedTail(start: indexed, end: indexed, rows: [:]) }
    guard end < size else { return }
    let leaves = try Row.fetchCursor(
      database.cachedStatement(sql: "SELECT leaf FROM entry WHERE position >= ? ORDER BY position"),
      arguments: [Int64(bitPattern: end)])
    while let row = try leaves.next() {
      guard let entry = LedgerEntry(canonicalBytes: Array(try row.checked(Data.self, "leaf"))) else {
        throw LedgerError.corrupt(path: path, reason: "entry \(end) is not an entry of a known kind")
      }
      add(entry)
    }
  }

  /// Takes what a transaction has written, once that is durable.
  mutating func follow(_ changes: LedgerChanges) {
    if rows.count + changes.charged.count >= Self.capacity {
      self = ChargedTail(start: changes.head.tree.size, end: changes.head.tree.size, rows: [:])
    } else {
      for row in changes.charged { rows[ReleaseName(device: row.device, release: row.release)] = row }
      end = changes.head.tree.size
    }
  }

  private mutating func add(_ entry: LedgerEntry) {
    end = entry.index + 1
    guard case .charge(let terms) = entry.content else { return }
    rows[ReleaseName(device: entry.device, release: terms.release)] = ChargedRow(
      device: entry.device, release: terms.release, position: entry.index, time: entry.time, cost: terms.cost)
  }
}
