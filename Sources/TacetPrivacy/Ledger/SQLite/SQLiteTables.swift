import Foundation
import GRDB

/// The rows of a ledger file inside one transaction.
struct SQLiteTables: LedgerTables {
  let database: Database
  let path: String
  /// The charges that are in the log and not in the index.
  let tail: ChargedTail

  func head() throws -> LedgerHead? {
    guard let row = try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM head WHERE id = 0")) else {
      return nil
    }
    return LedgerHead(
      size: try row.checked(Int64.self, "size"), frontier: Array(try row.checked(Data.self, "frontier")),
      time: try row.unsigned("time"), checkpoint: try row.checked(String.self, "checkpoint"))
  }

  func entryCount() throws -> UInt64 {
    let last = "SELECT position, leaves FROM entry ORDER BY position DESC LIMIT 1"
    guard let row = try Row.fetchOne(database, sql: last) else { return 0 }
    let leaves = LeafBundle.unpack(try row.checked(Data.self, "leaves"))
    return try row.unsigned("position") &+ UInt64(leaves.count)
  }

  func devices(_ names: Set<String>) throws -> [String: DeviceState] {
    let find = try database.cachedStatement(sql: "SELECT name, state FROM device WHERE name = ?")
    return try names.reduce(into: [:]) { states, name in
      states[name] = try Row.fetchOne(find, arguments: [name]).map(state)
    }
  }

  func allDevices() throws -> [String: DeviceState] {
    let rows = try Row.fetchAll(database, sql: "SELECT name, state FROM device")
    return try rows.reduce(into: [:]) { states, row in
      states[try row.checked(String.self, "name")] = try state(row)
    }
  }

  func charged(_ releases: [ReleaseName]) throws -> [ReleaseName: UInt64] {
    let find = try database.cachedStatement(sql: "SELECT position FROM charged WHERE device = ? AND release = ?")
    return try releases.reduce(into: [:]) { found, name in
      if let recent = tail.rows[name] {
        found[name] = recent.position
      } else {
        found[name] = try find.number(for: name.device, name.release).map(UInt64.init(bitPattern:))
      }
    }
  }

  func spent(by device: String, since start: UInt64) throws -> PrivacyCost {
    let rows = try Int64.fetchCursor(
      database, sql: "SELECT cost FROM charged WHERE device = ? AND time >= ?",
      arguments: [device, Int64(bitPattern: start)])
    var sum = tail.rows.values.filter { $0.device == device && $0.time >= start }
      .reduce(PrivacyCost.zero) { $0 + PrivacyCost(units: $1.cost) }
    while let cost = try rows.next() { sum += PrivacyCost(units: UInt64(bitPattern: cost)) }
    return sum
  }

  func leaves(from start: UInt64, count: Int) throws -> [(position: UInt64, leaf: [UInt8])] {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT position, leaves FROM entry
        WHERE position >= (SELECT MAX(position) FROM entry WHERE position <= ?) ORDER BY position
        """, arguments: [Int64(clamping: start)])
    var found: [(position: UInt64, leaf: [UInt8])] = []
    while found.count < count, let row = try rows.next() {
      let first = try row.unsigned("position")
      for (offset, leaf) in LeafBundle.unpack(try row.checked(Data.self, "leaves")).enumerated() {
        let position = first &+ UInt64(offset)
        if position >= start, found.count < count { found.append((position, leaf)) }
      }
    }
    return found
  }

  func write(_ changes: LedgerChanges) throws {
    if let first = changes.leaves.first {
      try database.cachedStatement(sql: "INSERT INTO entry VALUES (?, ?)").execute(
        arguments: [Int64(bitPattern: first.position), LeafBundle.pack(changes.leaves.map(\.leaf))])
    }
    let device = try database.cachedStatement(sql: "INSERT OR REPLACE INTO device VALUES (?, ?)")
    for (name, state) in changes.devices {
      try device.execute(arguments: [name, String(decoding: state.canonicalBytes, as: UTF8.self)])
    }
    let head = changes.head
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO head VALUES (0, ?, ?, ?, ?, ?)").execute(
      arguments: [
        Int64(bitPattern: head.tree.size), Data(head.frontier), Int64(bitPattern: head.time), head.checkpoint,
        Int64(bitPattern: try indexed(after: changes)),
      ])
  }

  /// Sorts the charges of the tail, and these, into the index when they are many; says up to where the index then goes.
  private func indexed(after changes: LedgerChanges) throws -> UInt64 {
    guard tail.rows.count + changes.charged.count >= tail.capacity else { return tail.start }
    let insert = try database.cachedStatement(sql: "INSERT INTO charged VALUES (?, ?, ?, ?, ?)")
    let rows = Array(tail.rows.values) + changes.charged
    // In the order of the key: neighbours share a page.
    for row in rows.sorted(by: { ($0.device, $0.release) < ($1.device, $1.release) }) {
      try insert.insert(
        row.device, row.release,
        (Int64(bitPattern: row.position), Int64(bitPattern: row.time), Int64(bitPattern: row.cost)))
    }
    return changes.head.tree.size
  }

  private func state(_ row: Row) throws -> DeviceState {
    guard let state = DeviceState(canonicalBytes: Array(try row.checked(String.self, "state").utf8)) else {
      throw LedgerError.corrupt(path: path, reason: "the state of a device is malformed")
    }
    return state
  }
}
