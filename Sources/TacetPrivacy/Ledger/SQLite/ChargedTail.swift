import Foundation
import GRDB

/// The latest charges of a ledger file by release: those that its index does not have yet.
///
/// An index over release IDs is written all over the place, the log only at its end. So a commit writes the log, and the
/// index follows once in `capacity` charges; what it lacks is read from the end of the log when the file is opened, or
/// when another process has written. Nothing is lost with it: it is made of the log alone.
package struct ChargedTail {
  /// So many charges make a few thousand pages of an index whose releases come from everywhere.
  package static let capacity = 32768

  /// The index is brought up to date when the tail has this many charges.
  let capacity: Int

  /// The first entry that the index does not have.
  private(set) var start: UInt64 = 0
  /// The entry after the last that the tail has read.
  private(set) var end: UInt64 = 0
  /// The charges between.
  private(set) var rows: [ReleaseName: ChargedRow] = [:]

  /// Of a file that nothing was read of.
  init(capacity: Int) {
    self.capacity = capacity
  }

  /// Brings the tail up to what the file holds, inside a transaction.
  /// - Throws: `LedgerError.corrupt` when an entry is malformed; GRDB's errors.
  mutating func follow(_ database: Database, path: String) throws {
    guard
      let head = try Row.fetchOne(database.cachedStatement(sql: "SELECT size, indexed FROM head WHERE id = 0"))
    else { return }
    let (size, indexed) = (try head.unsigned("size"), try head.unsigned("indexed"))
    if indexed != start || size < end { restart(at: indexed) }
    guard end < size else { return }
    let bundles = try Row.fetchCursor(
      database.cachedStatement(sql: "SELECT leaves FROM entry WHERE position >= ? ORDER BY position"),
      arguments: [Int64(bitPattern: end)])
    while let row = try bundles.next() {
      for leaf in LeafBundle.unpack(try row.checked(Data.self, "leaves")) {
        guard let entry = LedgerEntry(canonicalBytes: leaf) else {
          throw LedgerError.corrupt(path: path, reason: "entry \(end) is not an entry of a known kind")
        }
        add(entry)
      }
    }
  }

  /// Takes what a transaction has written, once that is durable.
  mutating func follow(_ changes: LedgerChanges) {
    if rows.count + changes.charged.count >= capacity {
      restart(at: changes.head.tree.size)
    } else {
      for row in changes.charged { rows[ReleaseName(device: row.device, release: row.release)] = row }
      end = changes.head.tree.size
    }
  }

  private mutating func restart(at entry: UInt64) {
    (start, end, rows) = (entry, entry, [:])
  }

  private mutating func add(_ entry: LedgerEntry) {
    end = entry.index + 1
    guard case .charge(let terms) = entry.content else { return }
    rows[ReleaseName(device: entry.device, release: terms.release)] = ChargedRow(
      device: entry.device, release: terms.release, position: entry.index, time: entry.time, cost: terms.cost)
  }
}
