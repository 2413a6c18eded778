import TacetLog

/// Where a ledger is kept. It knows rows and transactions and nothing of budgets; it blocks.
protocol LedgerStore: Sendable {
  /// What errors call it: a path, or an address without its password.
  var path: String { get }

  /// Runs `body` in one transaction that no other writer can come between, and writes the changes it decides on. When this
  /// returns they are durable; when it throws, nothing of them was acknowledged, and whoever asks again is answered by what
  /// the store then holds.
  func transact<Value>(
    _ body: (any LedgerTables) throws -> (value: Value, changes: LedgerChanges?)
  ) throws(LedgerError) -> Value

  /// Reads in one consistent snapshot.
  func read<Value>(_ body: (any LedgerTables) throws -> Value) throws(LedgerError) -> Value
}

/// The rows of a ledger inside one transaction, for reading.
protocol LedgerTables {
  /// The head; nil when its row is missing or malformed.
  func head() throws -> LedgerHead?
  /// How many entries there are, by the position of the last.
  func entryCount() throws -> UInt64
  /// The states of those of these devices that the ledger has heard of.
  func devices(_ names: Set<String>) throws -> [String: DeviceState]
  /// The state of every device.
  func allDevices() throws -> [String: DeviceState]
  /// The entries of those of these releases that were charged.
  func charged(_ releases: [ReleaseName]) throws -> [ReleaseName: UInt64]
  /// What a device was charged since a time, as a saturating sum.
  func spent(by device: String, since start: UInt64) throws -> PrivacyCost
  /// Leaves in their order, with their positions.
  func leaves(from start: UInt64, count: Int) throws -> [(position: UInt64, leaf: [UInt8])]
  /// The roots of the blocks of the log (``LedgerBlock``), in their order.
  func blocks() throws -> [MerkleHash]
}

/// A release: its ID is unique for its device.
struct ReleaseName: Hashable {
  let device: String
  let release: String
}

/// What a transaction adds to the log, and to the index over it.
struct LedgerChanges {
  var head: LedgerHead
  var leaves: [(position: UInt64, leaf: [UInt8])] = []
  /// The roots of the blocks that become complete (``LedgerBlock``).
  var blocks: [(number: UInt64, root: MerkleHash)] = []
  var charged: [ChargedRow] = []
  var devices: [String: DeviceState] = [:]
}

/// A charge for the index over the log.
struct ChargedRow: Hashable, Sendable {
  let device: String
  let release: String
  /// The entry.
  let position: UInt64
  /// Seconds since 1970.
  let time: UInt64
  /// μ² in units of 2^-40.
  let cost: UInt64
}
