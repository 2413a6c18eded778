import GRDB

/// What the file holds since this connection's last commit, as long as no other has written to it.
struct LastCommit {
  /// SQLite's count of the commits of others, as this connection sees it.
  private let version: Int64
  private(set) var head: LedgerHead
  /// The states of devices that this connection has written.
  private(set) var devices: [String: DeviceState]

  /// So many states are kept.
  private static let mostDevices = 4096

  /// What a transaction at `version` has written, and what was known before it.
  init(version: Int64, changes: LedgerChanges, known: [String: DeviceState]) {
    self.version = version
    head = changes.head
    devices = known.count > Self.mostDevices ? [:] : known
    devices.merge(changes.devices) { $1 }
  }

  /// Whether it still holds, inside a transaction of the same connection.
  func holds(at version: Int64) -> Bool { self.version == version }

  /// The count of the commits of others, inside a transaction.
  /// - Throws: GRDB's errors.
  static func version(_ database: Database) throws -> Int64 {
    guard let version = try Int64.fetchOne(database.cachedStatement(sql: "PRAGMA data_version")) else {
      throw DatabaseError(resultCode: .SQLITE_ERROR, message: "no data version")
    }
    return version
  }
}
