/// What the ledger knows of a device: its budgets, what is spent of them, and whether it was sent to its student.
package struct DeviceState: Hashable, Sendable {
  /// The budget of a window, if one was set.
  package var window: LedgerEntry.BudgetTerms?
  /// The start of the window that `windowSpent` is about, in seconds since 1970.
  package var windowStart: UInt64 = 0
  /// μ² of that window in units of 2^-40.
  package var windowSpent: UInt64 = 0
  /// The budget of the device's lifetime, if one was set.
  package var lifetime: LedgerEntry.BudgetTerms?
  /// μ² of all releases ever in units of 2^-40: the odometer.
  package var spent: UInt64 = 0
  /// The charges among `charges` whose unit is `contribution`, and their part of `spent`.
  package var contributionCharges: UInt64 = 0
  package var contributionSpent: UInt64 = 0
  /// What the last charge cost, in units of 2^-40.
  package var lastCost: UInt64 = 0
  /// All charges ever.
  package var charges: UInt64 = 0
  /// What the noise tables of all releases ever cost.
  package var slack = ImplementationSlack.none
  /// The administrator's order in force: nothing is charged until it is lifted.
  package var fallback: LedgerEntry.FallbackOrder?

  /// Of a device that the ledger has not heard of.
  package init() {}

  /// The start of the window that `time` is in. Windows are aligned to UTC.
  static func windowStart(of time: UInt64, seconds: UInt64) -> UInt64 {
    seconds == 0 ? 0 : time - time % seconds
  }

  /// Moves on to the window of `time`. It never goes back, since the ledger's time does not.
  mutating func roll(to time: UInt64) {
    guard let window else { return }
    let start = Self.windowStart(of: time, seconds: window.windowSeconds)
    if start > windowStart {
      windowStart = start
      windowSpent = 0
    }
  }

  /// Whether each budget that is set has room for `cost`, and at least one is set. Sums saturate, so none can wrap round
  /// to something affordable.
  func hasRoom(for cost: PrivacyCost) -> Bool {
    guard window != nil || lifetime != nil else { return false }
    let fitsWindow =
      window.map {
        PrivacyCost(units: windowSpent).leavesRoom(for: cost, within: PrivacyCost(units: $0.limit))
      } ?? true
    let fitsLifetime =
      lifetime.map { PrivacyCost(units: spent).leavesRoom(for: cost, within: PrivacyCost(units: $0.limit)) } ?? true
    return fitsWindow && fitsLifetime
  }

  /// The table for a release: the narrow one as long as its share of δ stays within `ImplementationSlack.narrowShare` of
  /// every budget. Decided by public numbers alone.
  func precision(for mechanism: Mechanism, dimension: UInt64) -> NoisePrecision {
    let limit =
      [window, lifetime].compactMap { $0 }
      .map { ImplementationSlack.narrowLimit(epsilon: $0.epsilon, delta: $0.delta) }.min() ?? 0
    let sum = slack + ImplementationSlack(of: mechanism, dimension: dimension, precision: .narrow)
    return sum.narrow <= limit ? .narrow : .wide
  }

  /// Adds a charge.
  mutating func add(_ terms: LedgerEntry.ChargeTerms, slack added: ImplementationSlack) {
    let cost = PrivacyCost(units: terms.cost)
    windowSpent = (PrivacyCost(units: windowSpent) + cost).units
    spent = (PrivacyCost(units: spent) + cost).units
    lastCost = terms.cost
    charges &+= 1
    if terms.unit == .contribution {
      contributionCharges &+= 1
      contributionSpent = (PrivacyCost(units: contributionSpent) + cost).units
    }
    slack = slack + added
  }
}
