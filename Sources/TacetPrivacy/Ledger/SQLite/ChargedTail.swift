import Foundation
import GRDB

/// The latest charges of a ledger file by their releases' fingerprints: those that its index does not have yet.
///
/// An index over releases is written all over the place, the log only at its end. So a commit writes the log, and the
/// index follows once in `capacity` charges; what it lacks is read from the end of the log when the file is opened, or
/// when another process has written. Nothing is lost with it: it is made of the log alone.
package struct ChargedTail {
  /// So many charges make a few thousand pages of an index whose releases come from everywhere.
  package static let capacity = 32768

  /// A row of the index.
  struct Row {
    let fingerprint: UInt64
    let position: UInt64
  }

  /// The index is brought up to date when the tail has this many charges.
  let capacity: Int

  /// The first entry that the index does not have.
  private(set) var start: UInt64 = 0
  /// The entry after the last that the tail has read.
  private(set) var end: UInt64 = 0
  /// The charges between, by fingerprint; those whose fingerprint another has taken.
  private var latest: [UInt64: UInt64] = [:]
  private var others: [Row] = []

  /// Of a file that nothing was read of.
  init(capacity: Int) {
    self.capacity = capacity
  }

  /// How many charges there are.
  var count: Int { latest.count + others.count }

  /// All charges, in no order.
  var rows: [Row] { latest.map { Row(fingerprint: $0.key, position: $0.value) } + others }

  /// The entries of the charges with a fingerprint: hardly ever more than one.
  func forEachPosition(of fingerprint: UInt64, _ body: (UInt64) throws -> Void) rethrows {
    guard let position = latest[fingerprint] else { return }
    try body(position)
    for other in others where other.fingerprint == fingerprint { try body(other.position) }
  }

  /// Brings the tail up to what the file holds, inside a transaction.
  /// - Throws: `LedgerError.corrupt` when an entry is malformed; GRDB's errors.
  mutating func follow(_ database: Database, by fingerprint: ReleaseFingerprint, path: String) throws {
    guard
      let head = try GRDB.Row.fetchOne(database.cachedStatement(sql: "SELECT size, indexed FROM head WHERE id = 0"))
    else { return }
    let (size, indexed) = (try head.unsigned("size"), try head.unsigned("indexed"))
    if indexed != start || size < end { restart(at: indexed) }
    guard end < size else { return }
    let bundles = try GRDB.Row.fetchCursor(
      database.cachedStatement(sql: "SELECT leaves FROM entry WHERE position >= ? ORDER BY position"),
      arguments: [Int64(bitPattern: end)])
    while let row = try bundles.next() {
      for leaf in LeafBundle.unpack(try row.checked(Data.self, "leaves")) {
        guard let entry = LedgerEntry(canonicalBytes: leaf) else {
          throw LedgerError.corrupt(path: path, reason: "entry \(end) is not an entry of a known kind")
        }
        end = entry.index + 1
        if case .charge(let terms) = entry.content {
          add(fingerprint.of(terms.release, device: entry.device), entry.index)
        }
      }
    }
  }

  /// Takes what a transaction has written, once that is durable.
  mutating func follow(_ changes: LedgerChanges, by fingerprint: ReleaseFingerprint) {
    if count + changes.charged.count >= capacity {
      restart(at: changes.head.tree.size)
    } else {
      for row in changes.charged { add(fingerprint.of(row.release, device: row.device), row.position) }
      end = changes.head.tree.size
    }
  }

  private mutating func restart(at entry: UInt64) {
    (start, end) = (entry, entry)
    latest.removeAll(keepingCapacity: true)
    others = []
  }

  private mutating func add(_ fingerprint: UInt64, _ position: UInt64) {
    if latest[fingerprint] == nil {
      latest[fingerprint] = position
    } else {
      others.append(Row(fingerprint: fingerprint, position: position))
    }
  }
}
