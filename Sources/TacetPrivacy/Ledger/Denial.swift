/// Why a charge was not granted. Nothing was written and nothing may be released.
public enum Denial: Hashable, Sendable, CustomStringConvertible {
  /// The release costs more than is left of a budget in force.
  case exhausted
  /// No budget was ever set for the device.
  case noBudget
  /// An administrator sent the device to its student.
  case fallback(LedgerEntry.FallbackOrder)

  /// A word for machines: `exhausted`, `no-budget` or `fallback`.
  public var reason: String {
    switch self {
    case .exhausted: "exhausted"
    case .noBudget: "no-budget"
    case .fallback: "fallback"
    }
  }

  /// One line for a person.
  public var description: String {
    switch self {
    case .exhausted: "the release costs more than is left of the budget"
    case .noBudget: "no budget is set for the device; set one with tacet ledger budget"
    case .fallback(let order):
      "\(order.by) sent the device to its student (\(order.reason)); tacet device restore ends that"
    }
  }
}
