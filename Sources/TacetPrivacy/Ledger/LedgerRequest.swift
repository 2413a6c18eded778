/// What is asked of the ledger.
struct LedgerRequest: Sendable {
  enum Action: Sendable {
    case charge(release: String, parameters: ReleaseParameters)
    case setBudget(Budget)
  }

  let device: String
  let action: Action
}

/// What became of a request, once its transaction is durable. States are those after the request.
enum LedgerOutcome: Sendable {
  case granted(index: UInt64, DeviceState)
  case alreadyCharged(index: UInt64, DeviceState)
  case exhausted(DeviceState)
  case noBudget
  case budgetInForce
}
