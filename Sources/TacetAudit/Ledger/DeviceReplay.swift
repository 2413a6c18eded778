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
  private var history: [(time: UInt64, cost: UInt64)] = []

  /// Puts a budget in force: what was charged since the start of its window counts.
  mutating func begin(_ terms: LedgerEntry.BudgetTerms, at time: UInt64) {
    if terms.windowSeconds == 0 {
      state.lifetime = terms
    } else {
      state.window = terms
      state.windowStart = time / terms.windowSeconds * terms.windowSeconds
      // Times do not decrease along the history, so the charges of the window are its end.
      let start = state.windowStart
      state.windowSpent = history.reversed().prefix { $0.time >= start }.reduce(0) { Self.add($0, $1.cost) }
    }
  }

  /// Adds a charge of `cost` (the true one) and compares.
  mutating func charge(_ terms: LedgerEntry.ChargeTerms, cost: UInt64, at time: UInt64) -> Set<Flaw> {
    var flaws: Set<Flaw> = []
    if state.fallback != nil { flaws.insert(.inFallback) }
    if state.window == nil, state.lifetime == nil { flaws.insert(.noBudget) }
    if let window = state.window {
      let start = time / window.windowSeconds * window.windowSeconds
      if start > state.windowStart { (state.windowStart, state.windowSpent) = (start, 0) }
    }
    history.append((time, cost))
    state.windowSpent = Self.add(state.windowSpent, cost)
    state.spent = Self.add(state.spent, cost)
    state.lastCost = terms.cost
    state.charges &+= 1
    addSlack(of: terms)
    for (budget, sum) in [(state.window, state.windowSpent), (state.lifetime, state.spent)] {
      guard let budget else { continue }
      // A saturated sum is unknown, so it is above any limit.
      if sum > budget.limit || sum == .max { flaws.insert(.overBudget) }
      let allowed = ImplementationSlack.narrowLimit(epsilon: budget.epsilon, delta: budget.delta)
      if terms.precision == .narrow, state.slack.narrow > allowed { flaws.insert(.imprecise) }
    }
    return flaws
  }

  /// Takes an administrator's order; nil lifts it.
  mutating func order(_ order: LedgerEntry.FallbackOrder?) {
    state.fallback = order
  }

  private mutating func addSlack(of terms: LedgerEntry.ChargeTerms) {
    // Without parameters there is no saying what the noise was.
    let unknown = ImplementationSlack(narrow: .max, wide: .max, tail: .max)
    let parameters = try? ReleaseParameters(radius: Int(clamping: terms.radius), scale: Int(clamping: terms.scale))
    let added = parameters.map {
      ImplementationSlack(of: $0, dimension: terms.dimension, precision: terms.precision)
    }
    state.slack = state.slack + (added ?? unknown)
  }

  private static func add(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
