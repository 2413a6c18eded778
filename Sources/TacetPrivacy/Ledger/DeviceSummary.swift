/// What a device has spent of the budget in force; for reports.
public struct DeviceSummary: Hashable, Sendable {
  /// The device.
  public let device: String
  /// All releases ever charged.
  public let charges: UInt64
  /// √Σμ² in the current window (or lifetime), rounded up.
  public let mu: Double
  /// ε at the budget's δ that the current window has cost.
  public let epsilonSpent: Double
  /// ε of the budget in force.
  public let epsilon: Double
  /// δ of the budget in force.
  public let delta: Double
  /// The window in seconds; nil for a lifetime.
  public let windowSeconds: UInt64?
  /// ε that is left, never below 0.
  public let remainingEpsilon: Double
  /// A release like the last one charged would be denied now.
  public let isExhausted: Bool

  /// Summarises sums in units of 2^-40 against the terms in force.
  /// - Parameter lastCost: what the last charge cost, 0 when there was none.
  package init(
    device: String, charges: UInt64, spent: UInt64, lastCost: UInt64, terms: LedgerEntry.BudgetTerms
  ) {
    let cost = PrivacyCost(units: spent)
    self.device = device
    self.charges = charges
    mu = cost.mu
    // Where the accountant cannot say, nothing is claimed to be left.
    epsilonSpent = (try? GaussianAccountant.epsilon(cost: cost, delta: terms.delta)) ?? .infinity
    epsilon = terms.epsilon
    delta = terms.delta
    windowSeconds = terms.windowSeconds == 0 ? nil : terms.windowSeconds
    remainingEpsilon = max(0, terms.epsilon - epsilonSpent)
    isExhausted = !cost.leavesRoom(
      for: PrivacyCost(units: lastCost), within: PrivacyCost(units: terms.limit))
  }
}

extension DeviceState {
  /// What is left of ε in the window this state is about, never below 0.
  var remainingEpsilon: Double {
    guard let used = try? GaussianAccountant.epsilon(cost: PrivacyCost(units: spent), delta: delta) else { return 0 }
    return max(0, epsilon - used)
  }

  func summary(of device: String, lastCost: UInt64) -> DeviceSummary {
    DeviceSummary(
      device: device, charges: charges, spent: spent, lastCost: lastCost,
      terms: .init(epsilon: epsilon, delta: delta, limit: limit, windowSeconds: windowSeconds))
  }
}
