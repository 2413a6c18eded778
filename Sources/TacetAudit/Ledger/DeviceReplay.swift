import TacetPrivacy

/// What the entries say of one device.
struct DeviceReplay {
  /// What is wrong with a charge, if anything.
  enum Flaw {
    case overBudget
    case noBudget
    case inFallback
    case imprecise
  }

  /// The row of the ledger's index of devices that follows.
  private(set) var state = DeviceState()
  /// Σμ² of all charges, without an end.
  private var total: UInt128 = 0
  /// The starts of windows still to come, the last first, and what had been charged before those that have come.
  private var starts: [UInt64]
  private var before: [UInt64: UInt128] = [:]
  /// The largest narrow weight that every budget in force allows, and what another mathematics library may make of it.
  private var narrowLimit: UInt64 = 0

  /// - Parameter starts: of the windows of all budgets that the log sets for the device, in order.
  init(windowStarts starts: [UInt64]) {
    self.starts = starts.reversed()
  }

  /// Puts a budget in force: what was charged since the start of its window counts.
  mutating func begin(_ terms: LedgerEntry.BudgetTerms, at time: UInt64) {
    if terms.windowSeconds == 0 {
      state.lifetime = terms
    } else {
      state.window = terms
      state.windowStart = time / terms.windowSeconds * terms.windowSeconds
      let sum = total - (before[state.windowStart] ?? total)
      state.windowSpent = UInt64(clamping: sum)
    }
    let limit =
      [state.window, state.lifetime].compactMap { $0 }
      .map { ImplementationSlack.narrowLimit(epsilon: $0.epsilon, delta: $0.delta) }.min() ?? 0
    narrowLimit = limit + min(limit >> 30 + 1, .max - limit)
  }

  /// Adds a charge of `cost` (the true one) and compares.
  mutating func charge(
    _ terms: LedgerEntry.ChargeTerms, cost: UInt64, slack: ImplementationSlack, at time: UInt64
  ) -> Set<Flaw> {
    while let start = starts.last, start <= time {
      before[start] = total
      starts.removeLast()
    }
    if let window = state.window {
      let start = time / window.windowSeconds * window.windowSeconds
      if start > state.windowStart { (state.windowStart, state.windowSpent) = (start, 0) }
    }
    total += UInt128(cost)
    state.windowSpent = Self.add(state.windowSpent, cost)
    state.spent = Self.add(state.spent, cost)
    state.lastCost = terms.cost
    state.charges &+= 1
    if terms.unit == .contribution {
      state.contributionCharges &+= 1
      state.contributionSpent = Self.add(state.contributionSpent, cost)
    }
    state.slack = state.slack + slack
    return flaws(of: terms)
  }

  /// Takes an administrator's order; nil lifts it.
  mutating func order(_ order: LedgerEntry.FallbackOrder?) {
    state.fallback = order
  }

  private func flaws(of terms: LedgerEntry.ChargeTerms) -> Set<Flaw> {
    var flaws: Set<Flaw> = []
    if state.fallback != nil { flaws.insert(.inFallback) }
    if state.window == nil, state.lifetime == nil { flaws.insert(.noBudget) }
    // A saturated sum is unknown, so it is above any limit.
    if let window = state.window, state.windowSpent > window.limit || state.windowSpent == .max {
      flaws.insert(.overBudget)
    }
    if let lifetime = state.lifetime, state.spent > lifetime.limit || state.spent == .max { flaws.insert(.overBudget) }
    if terms.precision == .narrow, state.slack.narrow > narrowLimit { flaws.insert(.imprecise) }
    return flaws
  }

  private static func add(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
