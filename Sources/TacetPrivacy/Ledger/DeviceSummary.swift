/// What a device has spent; for reports. What is guaranteed is the budgets: sums so far are information.
public struct DeviceSummary: Hashable, Sendable {
  /// One budget in force, and what is left of it.
  public struct BudgetStatus: Hashable, Sendable {
    /// ε of the budget.
    public let epsilon: Double
    /// δ of the budget.
    public let delta: Double
    /// The window in seconds; nil for the lifetime.
    public let windowSeconds: UInt64?
    /// √Σμ² of the current window (or lifetime), rounded up.
    public let mu: Double
    /// ε at `delta` that these releases come to.
    public let epsilonSpent: Double
    /// What is left of ε, never below 0.
    public let remainingEpsilon: Double
    /// δ′ that the noise tables add to `delta` at the budget's ε.
    public let deltaSlack: Double
  }

  /// What all releases ever come to, whatever the budgets: the odometer.
  public struct Odometer: Hashable, Sendable {
    /// √Σμ², rounded up.
    public let mu: Double
    /// ε at `delta`; infinite where the sum is unknown.
    public let epsilon: Double
    /// The δ of the lifetime budget, else of the window's.
    public let delta: Double
    /// δ′ that the noise tables add to `delta` at this ε.
    public let deltaSlack: Double
  }

  /// What the charges of one privacy unit come to.
  public struct UnitSum: Hashable, Sendable {
    /// The unit.
    public let unit: PrivacyUnit
    /// How many there were, ever.
    public let charges: UInt64
    /// √Σμ² of them, rounded up.
    public let mu: Double
  }

  /// The device.
  public let device: String
  /// All releases ever charged.
  public let charges: UInt64
  /// The budgets in force, that of the window first; never empty.
  public let budgets: [BudgetStatus]
  /// All releases ever.
  public let odometer: Odometer
  /// The charges by their unit: those units that there were any of.
  public let units: [UnitSum]
  /// What an individual loses in one window like the last one charged, and past 2, 4 and 8 devices with such windows, at the odometer's
  /// δ. None where charges of `any-input` are among them: the ledger remembers the last charge's cost, not its unit.
  public let trips: [TripCost]
  /// The administrator's order in force.
  public let fallback: LedgerEntry.FallbackOrder?
  /// A release like the last one charged would be denied now.
  public let isExhausted: Bool

  /// The unit that the budgets guarantee: `any-input` where all charges are of that unit. It covers what `contribution`
  /// covers, and not the other way round, so that one charge of that unit makes it the guarantee of them all.
  public var unit: PrivacyUnit {
    units.contains { $0.unit == .contribution } ? .contribution : .anyInput
  }

  /// The budget that has the least left.
  public var binding: BudgetStatus {
    // Never empty: the initialiser is the only source.
    budgets.min { $0.remainingEpsilon < $1.remainingEpsilon } ?? budgets[0]
  }
  /// ε at its δ that the binding budget has spent.
  public var epsilonSpent: Double { binding.epsilonSpent }
  /// What is left of ε of the budget that binds.
  public var remainingEpsilon: Double { binding.remainingEpsilon }
}

extension DeviceSummary {
  /// Summarises a state; nil when no budget was ever set.
  package init?(device: String, state: DeviceState) {
    let budgets = state.budgetStatuses
    guard let terms = state.lifetime ?? state.window, !budgets.isEmpty else { return nil }
    self.device = device
    charges = state.charges
    self.budgets = budgets
    let cost = PrivacyCost(units: state.spent)
    let epsilon = DeviceState.epsilon(of: cost, delta: terms.delta)
    odometer = Odometer(
      mu: cost.mu, epsilon: epsilon, delta: terms.delta, deltaSlack: state.slack.delta(at: epsilon))
    units = state.unitSums
    trips =
      units.map(\.unit) == [.contribution]
      ? TripCost.usual(cost: PrivacyCost(units: state.lastCost), delta: terms.delta) : []
    fallback = state.fallback
    isExhausted = !state.hasRoom(for: PrivacyCost(units: state.lastCost))
  }
}

extension DeviceState {
  /// The budgets in force, that of the window first.
  var budgetStatuses: [DeviceSummary.BudgetStatus] {
    let sums = [(window, windowSpent), (lifetime, spent)]
    return sums.compactMap { terms, units in
      guard let terms else { return nil }
      let cost = PrivacyCost(units: units)
      let used = Self.epsilon(of: cost, delta: terms.delta)
      return DeviceSummary.BudgetStatus(
        epsilon: terms.epsilon, delta: terms.delta,
        windowSeconds: terms.windowSeconds == 0 ? nil : terms.windowSeconds, mu: cost.mu, epsilonSpent: used,
        remainingEpsilon: max(0, terms.epsilon - used), deltaSlack: slack.delta(at: terms.epsilon))
    }
  }

  /// The charges by their unit.
  var unitSums: [DeviceSummary.UnitSum] {
    // A sum that saturated is unknown, and so is any part of it.
    let rest = spent == .max ? .max : spent - min(spent, contributionSpent)
    return [
      (PrivacyUnit.anyInput, charges - min(charges, contributionCharges), rest),
      (.contribution, contributionCharges, contributionSpent),
    ].filter { $0.1 > 0 }.map { unit, count, sum in
      DeviceSummary.UnitSum(unit: unit, charges: count, mu: PrivacyCost(units: sum).mu)
    }
  }

  /// Where the accountant cannot say, everything counts as spent.
  static func epsilon(of cost: PrivacyCost, delta: Double) -> Double {
    (try? GaussianAccountant.epsilon(cost: cost, delta: delta)) ?? .infinity
  }
}
