import Foundation
import GRDB
import TacetLog

/// One write transaction: reads the head, applies requests in their order, and signs the new head. Everything that
/// decides is read inside the transaction, so that another process cannot come between.
struct LedgerTransaction {
  private let database: Database
  private let signer: NoteSigner
  private var head: LedgerHead
  private var changed: [String: DeviceState] = [:]
  private var hasAppended = false

  /// Begins inside an immediate transaction of `database`.
  /// - Parameter now: seconds since 1970 by the clock; the ledger's time never goes back behind what it has seen.
  init(database: Database, signer: NoteSigner, now: UInt64, path: String) throws {
    guard let head = try LedgerHead(database: database) else {
      throw LedgerError.corrupt(path: path, reason: "the head of the log is missing or malformed")
    }
    self.database = database
    self.signer = signer
    self.head = head
    self.head.time = max(head.time, now)
  }

  /// Applies one request.
  mutating func apply(_ request: LedgerRequest) throws -> LedgerOutcome {
    switch request.action {
    case .setBudget(let budget): try setBudget(budget, for: request.device)
    case .charge(let release, let parameters): try charge(request.device, release, parameters)
    }
  }

  /// Writes the index rows and the signed head. Nothing is written when nothing was appended.
  mutating func finish() throws {
    guard hasAppended else { return }
    for (name, state) in changed {
      try state.write(name, to: database)
    }
    try head.sign(with: signer)
    try head.write(to: database)
  }

  private mutating func charge(
    _ device: String, _ release: String, _ parameters: ReleaseParameters
  ) throws -> LedgerOutcome {
    guard var state = try state(of: device) else { return .noBudget }
    state.roll(to: head.time)
    let find = try database.cachedStatement(sql: "SELECT position FROM charged WHERE device = ? AND release = ?")
    if let position = try Int64.fetchOne(find, arguments: [device, release]) {
      return .alreadyCharged(index: UInt64(bitPattern: position), state)
    }
    // Compare before spending; the sum saturates, so it cannot wrap round to something affordable.
    let cost = parameters.cost
    let spent = PrivacyCost(units: state.spent)
    guard spent.leavesRoom(for: cost, within: PrivacyCost(units: state.limit)) else { return .exhausted(state) }
    state.spent = (spent + cost).units
    state.charges &+= 1
    changed[device] = state
    let index = try append(
      .charge(
        .init(
          release: release, radius: UInt64(parameters.radius), scale: UInt64(parameters.scale), cost: cost.units)),
      device: device)
    try database.cachedStatement(sql: "INSERT INTO charged VALUES (?, ?, ?, ?, ?)").execute(
      arguments: [
        device, release, Int64(bitPattern: index), Int64(bitPattern: head.time), Int64(bitPattern: cost.units),
      ])
    return .granted(index: index, state)
  }

  private mutating func setBudget(_ budget: Budget, for device: String) throws -> LedgerOutcome {
    let old = try state(of: device)
    let seconds = budget.windowSeconds ?? 0
    if let old, old.epsilon == budget.epsilon, old.delta == budget.delta, old.windowSeconds == seconds,
      old.limit == budget.limit.units
    {
      return .budgetInForce
    }
    let start = DeviceState.windowStart(of: head.time, seconds: seconds)
    changed[device] = DeviceState(
      epsilon: budget.epsilon, delta: budget.delta, limit: budget.limit.units, windowSeconds: seconds,
      windowStart: start, spent: try spent(by: device, since: start), charges: old?.charges ?? 0)
    _ = try append(
      .budget(
        .init(
          epsilon: budget.epsilon, delta: budget.delta, limit: budget.limit.units, windowSeconds: seconds)),
      device: device)
    return .budgetInForce
  }

  /// What was charged since `start`, whatever budget was in force then: a new budget forgives nothing.
  private func spent(by device: String, since start: UInt64) throws -> UInt64 {
    let rows = try Int64.fetchCursor(
      database, sql: "SELECT cost FROM charged WHERE device = ? AND time >= ?",
      arguments: [device, Int64(bitPattern: start)])
    var sum = PrivacyCost.zero
    while let cost = try rows.next() {
      sum = sum + PrivacyCost(units: UInt64(bitPattern: cost))
    }
    return sum.units
  }

  private func state(of device: String) throws -> DeviceState? {
    try changed[device] ?? DeviceState.read(device, from: database)
  }

  private mutating func append(_ content: LedgerEntry.Content, device: String) throws -> UInt64 {
    let entry = LedgerEntry(index: head.tree.size, time: head.time, device: device, content: content)
    let leaf = entry.canonicalBytes
    try database.cachedStatement(sql: "INSERT INTO entry VALUES (?, ?)").execute(
      arguments: [Int64(bitPattern: entry.index), Data(leaf)])
    head.tree.append(leaf)
    hasAppended = true
    return entry.index
  }
}
