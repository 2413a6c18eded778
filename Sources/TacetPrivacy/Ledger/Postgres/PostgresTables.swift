import Foundation
import TacetLog

/// The rows of a ledger on a PostgreSQL server inside one transaction.
struct PostgresTables: LedgerTables {
  let connection: PostgresConnection
  let path: String

  /// So many rows of leaves are fetched at a time: each may have a whole commit's.
  static let bundlesAtOnce = 16

  func head() throws -> LedgerHead? {
    let rows = try connection.run("SELECT size, frontier, time, checkpoint FROM tacet_head WHERE id = 0")
    guard rows.count == 1 else { return nil }
    return LedgerHead(
      size: try rows.signed(0, 0, "size"), frontier: try rows.data(0, 1, "frontier"),
      time: try rows.unsigned(0, 2, "time"), checkpoint: try rows.string(0, 3, "checkpoint"))
  }

  func entryCount() throws -> UInt64 {
    let rows = try connection.run("SELECT position, leaves FROM tacet_entry ORDER BY position DESC LIMIT 1")
    guard rows.count == 1 else { return 0 }
    return try rows.unsigned(0, 0, "position") &+ UInt64(LeafBundle.count(of: try rows.data(0, 1, "leaves")))
  }

  func devices(_ names: Set<String>) throws -> [String: DeviceState] {
    try states(
      connection.run(
        "SELECT name, state FROM tacet_device WHERE name = ANY ($1::text[])", [PostgresText.array(names)]))
  }

  func allDevices() throws -> [String: DeviceState] {
    try states(connection.run("SELECT name, state FROM tacet_device"))
  }

  func charged(_ releases: [ReleaseName]) throws -> [ReleaseName: UInt64] {
    guard !releases.isEmpty else { return [:] }
    let rows = try connection.run(
      """
      SELECT device, release, position FROM tacet_charged
      JOIN unnest($1::text[], $2::text[]) AS asked (device, release) USING (device, release)
      """, [PostgresText.array(releases.map(\.device)), PostgresText.array(releases.map(\.release))])
    return try (0..<rows.count).reduce(into: [:]) { found, row in
      let name = ReleaseName(
        device: try rows.string(row, 0, "device"), release: try rows.string(row, 1, "release"))
      found[name] = try rows.unsigned(row, 2, "position")
    }
  }

  func spent(by device: String, since start: UInt64) throws -> PrivacyCost {
    // Each cost is unsigned and kept as the signed number of the same bits; the sum is exact, then saturates.
    let rows = try connection.run(
      """
      SELECT coalesce(sum(CASE WHEN cost < 0 THEN cost + 18446744073709551616::numeric ELSE cost END), 0)
      FROM tacet_charged WHERE device = $1 AND time >= $2::bigint
      """, [device, String(Int64(bitPattern: start))])
    return PrivacyCost(units: UInt64(try rows.string(0, 0, "cost")) ?? .max)
  }

  func leaves(from start: UInt64, count: Int) throws -> [(position: UInt64, leaf: [UInt8])] {
    var found: [(position: UInt64, leaf: [UInt8])] = []
    var first = Int64(clamping: start)
    while found.count < count {
      let rows = try connection.run(
        """
        SELECT position, leaves FROM tacet_entry
        WHERE position >= (SELECT max(position) FROM tacet_entry WHERE position <= $1::bigint)
        ORDER BY position LIMIT \(Self.bundlesAtOnce)
        """, [String(first)])
      for row in 0..<rows.count {
        let position = try rows.unsigned(row, 0, "position")
        for (offset, leaf) in LeafBundle.unpack(Data(try rows.data(row, 1, "leaves"))).enumerated()
        where position &+ UInt64(offset) >= UInt64(clamping: first) && found.count < count {
          found.append((position &+ UInt64(offset), leaf))
        }
      }
      guard rows.count == Self.bundlesAtOnce, let last = found.last?.position else { break }
      first = Int64(clamping: last &+ 1)
    }
    return found
  }

  func blocks() throws -> [MerkleHash] {
    let rows = try connection.run("SELECT root FROM tacet_block ORDER BY number")
    return try (0..<rows.count).map { row in
      guard let root = MerkleHash(bytes: try rows.data(row, 0, "root")) else {
        throw PostgresFailure.malformed(column: "root")
      }
      return root
    }
  }

  /// Writes a new ledger's head.
  func create(_ head: LedgerHead) throws {
    try connection.run(PostgresSchema.insertHead, values(of: head))
  }

  func write(_ changes: LedgerChanges) throws {
    guard let first = changes.leaves.first else { return }
    let charged = changes.charged
    let devices = changes.devices.sorted { $0.key < $1.key }
    try connection.run(
      PostgresSchema.write,
      values(of: changes.head) + [
        String(Int64(bitPattern: first.position)),
        PostgresText.hex(LeafBundle.pack(changes.leaves.map(\.leaf))),
        PostgresText.array(charged.map(\.device)), PostgresText.array(charged.map(\.release)),
        PostgresText.array(charged.map(\.position)), PostgresText.array(charged.map(\.time)),
        PostgresText.array(charged.map(\.cost)), PostgresText.array(devices.map(\.key)),
        PostgresText.array(devices.map { String(decoding: $0.value.canonicalBytes, as: UTF8.self) }),
        PostgresText.array(changes.blocks.map(\.number)),
        PostgresText.array(changes.blocks.map { PostgresText.hex($0.root.bytes) }),
      ])
  }

  private func values(of head: LedgerHead) -> [String] {
    [
      String(Int64(bitPattern: head.tree.size)), PostgresText.hex(head.frontier), String(Int64(bitPattern: head.time)),
      head.checkpoint,
    ]
  }

  private func states(_ rows: PostgresRows) throws -> [String: DeviceState] {
    try (0..<rows.count).reduce(into: [:]) { states, row in
      guard let state = DeviceState(canonicalBytes: Array(try rows.bytes(row, 1, "state"))) else {
        throw LedgerError.corrupt(path: path, reason: "the state of a device is malformed")
      }
      states[try rows.string(row, 0, "name")] = state
    }
  }
}
