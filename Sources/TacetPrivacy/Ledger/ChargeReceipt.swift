/// What the book says of a release after a charge was asked for: an answer to show, not a permission to release.
package struct ChargeReceipt: Hashable, Sendable {
  /// The release ID.
  package let release: String
  /// The entry that charges it; nil when it was denied.
  package let index: UInt64?
  /// It had been charged before and cost nothing now.
  package let wasCharged: Bool
  /// Why it was denied.
  package let denial: Denial?
  /// What is left of ε.
  package let remainingEpsilon: Double

  /// - Parameter remaining: what is left of ε by what is spent, for receipts of one device from one commit.
  init(release: String, outcome: LedgerOutcome, remaining: inout [UInt64: Double]) {
    func left(_ state: DeviceState) -> Double {
      let value = remaining[state.spent] ?? state.remainingEpsilon
      remaining[state.spent] = value
      return value
    }
    self.release = release
    switch outcome {
    case .granted(let index, let state):
      (self.index, wasCharged, denial, remainingEpsilon) = (index, false, nil, left(state))
    case .alreadyCharged(let index, let state):
      (self.index, wasCharged, denial, remainingEpsilon) = (index, true, nil, left(state))
    case .exhausted(let state):
      let denial = Denial.exhausted(remainingEpsilon: left(state))
      (index, wasCharged, self.denial, remainingEpsilon) = (nil, false, denial, denial.remainingEpsilon)
    case .noBudget, .budgetInForce:
      (index, wasCharged, denial, remainingEpsilon) = (nil, false, .noBudget, 0)
    }
  }
}
