import Foundation
import GRDB
import TacetLog

/// The rows of a ledger file inside one transaction.
struct SQLiteTables: LedgerTables {
  let database: Database
  let path: String
  let fingerprint: ReleaseFingerprint
  /// The charges that are in the log and not in the index.
  let tail: ChargedTail
  /// What need not be read again.
  var last: LastCommit?

  /// What stands for releases in this file.
  static func fingerprint(_ database: Database, path: String) throws -> ReleaseFingerprint {
    guard let row = try Row.fetchOne(database, sql: "SELECT salt FROM head WHERE id = 0"),
      let fingerprint = ReleaseFingerprint(salt: Array(try row.checked(Data.self, "salt")))
    else { throw LedgerError.headless(path: path) }
    return fingerprint
  }

  func head() throws -> LedgerHead? {
    if let last { return last.head }
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
      states[name] = try last?.devices[name] ?? Row.fetchOne(find, arguments: [name]).map(state)
    }
  }

  func allDevices() throws -> [String: DeviceState] {
    let rows = try Row.fetchAll(database, sql: "SELECT name, state FROM device")
    return try rows.reduce(into: [:]) { states, row in
      states[try row.checked(String.self, "name")] = try state(row)
    }
  }

  func charged(_ releases: [ReleaseName]) throws -> [ReleaseName: UInt64] {
    let find = try database.cachedStatement(sql: "SELECT position FROM charged WHERE fingerprint = ?")
    return try releases.reduce(into: [:]) { found, name in
      let fingerprint = fingerprint.of(name.release, device: name.device)
      // Others may have the same fingerprint: the entry itself tells.
      let confirm = { if try isCharge(of: name, at: $0) { found[name] = $0 } }
      try tail.forEachPosition(of: fingerprint, confirm)
      if found[name] == nil { try find.forEachNumber(for: fingerprint, confirm) }
    }
  }

  private func isCharge(of name: ReleaseName, at position: UInt64) throws -> Bool {
    guard let leaf = try leaves(from: position, count: 1).first, leaf.position == position,
      let entry = LedgerEntry(canonicalBytes: leaf.leaf), case .charge(let terms) = entry.content
    else {
      throw LedgerError.corrupt(path: path, reason: "entry \(position) is not the charge that the index has there")
    }
    return entry.device == name.device && terms.release == name.release
  }

  func spent(by device: String, since start: UInt64) throws -> PrivacyCost {
    // Backwards from the end of the log, in which time never goes back.
    let bundles = try Row.fetchCursor(database, sql: "SELECT leaves FROM entry ORDER BY position DESC")
    var sum = PrivacyCost.zero
    while let bundle = try bundles.next() {
      for leaf in LeafBundle.unpack(try bundle.checked(Data.self, "leaves")).reversed() {
        guard let entry = LedgerEntry(canonicalBytes: leaf) else {
          throw LedgerError.corrupt(path: path, reason: "there is an entry that is not of a known kind")
        }
        guard entry.time >= start else { return sum }
        if entry.device == device, case .charge(let terms) = entry.content { sum += PrivacyCost(units: terms.cost) }
      }
    }
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

  func blocks() throws -> [MerkleHash] {
    let rows = try Row.fetchCursor(database, sql: "SELECT root FROM block ORDER BY number")
    var roots: [MerkleHash] = []
    while let row = try rows.next() {
      guard let root = MerkleHash(bytes: try row.checked(Data.self, "root")) else { throw RowTypeError(column: "root") }
      roots.append(root)
    }
    return roots
  }

  func write(_ changes: LedgerChanges) throws {
    if let first = changes.leaves.first {
      try database.cachedStatement(sql: "INSERT INTO entry VALUES (?, ?)").execute(
        arguments: [Int64(bitPattern: first.position), LeafBundle.pack(changes.leaves.map(\.leaf))])
    }
    for (number, root) in changes.blocks {
      try database.cachedStatement(sql: "INSERT OR REPLACE INTO block VALUES (?, ?)").execute(
        arguments: [Int64(bitPattern: number), Data(root.bytes)])
    }
    let device = try database.cachedStatement(sql: "INSERT OR REPLACE INTO device VALUES (?, ?)")
    for (name, state) in changes.devices {
      try device.execute(arguments: [name, String(decoding: state.canonicalBytes, as: UTF8.self)])
    }
    let head = changes.head
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO head VALUES (0, ?, ?, ?, ?, ?, ?)").execute(
      arguments: [
        Int64(bitPattern: head.tree.size), Data(head.frontier), Int64(bitPattern: head.time), head.checkpoint,
        Int64(bitPattern: try indexed(after: changes)), Data(fingerprint.salt),
      ])
  }

  /// Sorts the charges of the tail, and these, into the index when they are many; says up to where the index then goes.
  private func indexed(after changes: LedgerChanges) throws -> UInt64 {
    guard tail.count + changes.charged.count >= tail.capacity else { return tail.start }
    let insert = try database.cachedStatement(sql: "INSERT INTO charged VALUES (?, ?)")
    let new = changes.charged.map {
      ChargedTail.Row(fingerprint: fingerprint.of($0.release, device: $0.device), position: $0.position)
    }
    // In the order of the key, which is signed there: neighbours share a page.
    let rows = (tail.rows + new).sorted { Int64(bitPattern: $0.fingerprint) < Int64(bitPattern: $1.fingerprint) }
    for row in rows { try insert.run(row.fingerprint, row.position) }
    return changes.head.tree.size
  }

  private func state(_ row: Row) throws -> DeviceState {
    guard let state = DeviceState(canonicalBytes: Array(try row.checked(String.self, "state").utf8)) else {
      throw LedgerError.corrupt(path: path, reason: "the state of a device is malformed")
    }
    return state
  }
}
