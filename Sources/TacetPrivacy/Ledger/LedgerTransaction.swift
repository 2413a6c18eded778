import TacetLog

/// One transaction, apart from its input and output: from what the ledger held to what is to be written.
///
/// Everything that decides was read inside the store's transaction, so that another process cannot come between.
struct LedgerTransaction {
  private(set) var changes: LedgerChanges
  private var devices: [String: DeviceState]
  private var charged: [ReleaseName: UInt64]

  /// Begins from the head and what the ledger holds of the devices and releases that are asked for.
  /// - Parameter now: seconds since 1970 by the clock; the ledger's time never goes back behind what it has seen.
  init(head: LedgerHead, devices: [String: DeviceState], charged: [ReleaseName: UInt64], now: UInt64) {
    changes = LedgerChanges(head: head)
    changes.head.time = max(head.time, now)
    self.devices = devices
    self.charged = charged
  }

  /// Applies one request.
  /// - Parameter spentBefore: what the ledger holds of a device's charges since a time; those of this transaction are added.
  mutating func apply(
    _ request: LedgerRequest, spentBefore: (_ device: String, _ since: UInt64) throws -> PrivacyCost
  ) throws -> LedgerOutcome {
    switch request.action {
    case .charge(let charge):
      return self.charge(charge, to: request.device)
    case .setBudget(let budget):
      return try setBudget(budget, for: request.device, spentBefore: spentBefore)
    case .fallBack(let by, let reason):
      order(LedgerEntry.FallbackOrder(by: by, reason: reason, since: changes.head.time), for: request.device)
      append(.fallback(by: by, reason: reason), device: request.device)
      return .done
    case .restore(let by):
      guard devices[request.device]?.fallback != nil else { return .done }
      order(nil, for: request.device)
      append(.restore(by: by), device: request.device)
      return .done
    }
  }

  private mutating func charge(_ request: LedgerRequest.Charge, to device: String) -> LedgerOutcome {
    guard var state = devices[device], state.window != nil || state.lifetime != nil else { return .noBudget }
    state.roll(to: changes.head.time)
    let name = ReleaseName(device: device, release: request.release)
    if let index = charged[name] { return .alreadyCharged(index: index, BudgetsLeft(state)) }
    if let order = state.fallback { return .inFallback(order, BudgetsLeft(state)) }
    // Compare before spending.
    let cost = request.mechanism.cost
    guard state.hasRoom(for: cost) else { return .exhausted(BudgetsLeft(state)) }
    let precision = state.precision(for: request.mechanism, dimension: request.dimension)
    let terms = LedgerEntry.ChargeTerms(
      release: request.release, extent: request.mechanism.extent,
      scale: UInt64(request.mechanism.noiseScale.nominal), dimension: request.dimension, precision: precision,
      cost: cost.units)
    state.add(
      terms,
      slack: ImplementationSlack(of: request.mechanism, dimension: request.dimension, precision: precision))
    put(state, device)
    let index = append(.charge(terms), device: device)
    charged[name] = index
    changes.charged.append(
      ChargedRow(
        device: device, release: request.release, position: index, time: changes.head.time, cost: cost.units))
    return .granted(index: index, precision, BudgetsLeft(state))
  }

  private mutating func setBudget(
    _ budget: Budget, for device: String, spentBefore: (String, UInt64) throws -> PrivacyCost
  ) throws -> LedgerOutcome {
    var state = devices[device] ?? DeviceState()
    let terms = LedgerEntry.BudgetTerms(
      epsilon: budget.epsilon, delta: budget.delta, limit: budget.limit.units,
      windowSeconds: budget.windowSeconds ?? 0)
    guard terms != (terms.windowSeconds == 0 ? state.lifetime : state.window) else { return .done }
    if terms.windowSeconds == 0 {
      // The odometer has run from the first charge on: a new budget forgives nothing.
      state.lifetime = terms
    } else {
      let start = DeviceState.windowStart(of: changes.head.time, seconds: terms.windowSeconds)
      let pending = changes.charged.filter { $0.device == device && $0.time >= start }
        .reduce(PrivacyCost.zero) { $0 + PrivacyCost(units: $1.cost) }
      state.window = terms
      state.windowStart = start
      state.windowSpent = (try spentBefore(device, start) + pending).units
    }
    put(state, device)
    append(.budget(terms), device: device)
    return .done
  }

  private mutating func order(_ order: LedgerEntry.FallbackOrder?, for device: String) {
    var state = devices[device] ?? DeviceState()
    state.fallback = order
    put(state, device)
  }

  private mutating func put(_ state: DeviceState, _ device: String) {
    devices[device] = state
    changes.devices[device] = state
  }

  @discardableResult
  private mutating func append(_ content: LedgerEntry.Content, device: String) -> UInt64 {
    let entry = LedgerEntry(
      index: changes.head.tree.size, time: changes.head.time, device: device, content: content)
    let leaf = entry.canonicalBytes
    let hash = MerkleHash(leaf: leaf)
    if let root = changes.head.tree.root(ofBlockCompletedBy: hash, height: LedgerBlock.height) {
      changes.blocks.append((entry.index / LedgerBlock.size, root))
    }
    changes.leaves.append((entry.index, leaf))
    changes.head.tree.append(leafHash: hash)
    return entry.index
  }
}
