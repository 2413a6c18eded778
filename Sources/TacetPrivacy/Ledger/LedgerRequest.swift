/// What is asked of the ledger.
struct LedgerRequest: Sendable {
  struct Charge: Sendable {
    let release: String
    let mechanism: Mechanism
    let dimension: UInt64
  }

  enum Action: Sendable {
    case charge(Charge)
    case setBudget(Budget)
    case fallBack(by: String, reason: String)
    case restore(by: String)
  }

  let device: String
  let action: Action

  /// The release that it charges.
  var charged: ReleaseName? {
    guard case .charge(let charge) = action else { return nil }
    return ReleaseName(device: device, release: charge.release)
  }
}

/// What became of a request, once its transaction is durable. What is left is that after the request.
enum LedgerOutcome: Sendable {
  case granted(index: UInt64, NoisePrecision, BudgetsLeft)
  case alreadyCharged(index: UInt64, BudgetsLeft)
  case exhausted(BudgetsLeft)
  case inFallback(LedgerEntry.FallbackOrder, BudgetsLeft)
  case noBudget
  /// A budget or an order is in force.
  case done
}
