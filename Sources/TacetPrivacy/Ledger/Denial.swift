/// Why a charge was not granted. Nothing was written and nothing may be released.
public enum Denial: Hashable, Sendable, CustomStringConvertible {
  /// The release costs more than is left of the budget in force; `remainingEpsilon` is what is left.
  case exhausted(remainingEpsilon: Double)
  /// No budget was ever set for the device.
  case noBudget

  /// A word for machines: `exhausted` or `no-budget`.
  public var reason: String {
    switch self {
    case .exhausted: "exhausted"
    case .noBudget: "no-budget"
    }
  }

  /// What is left of ε: 0 without a budget.
  public var remainingEpsilon: Double {
    switch self {
    case .exhausted(let remaining): remaining
    case .noBudget: 0
    }
  }

  /// One line for a person.
  public var description: String {
    switch self {
    case .exhausted: "the release costs more than is left of the budget"
    case .noBudget: "no budget is set for the device; set one with tacet ledger budget"
    }
  }
}
