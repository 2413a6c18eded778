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
  /// What is left of ε of the budget that has the least left.
  package let remainingEpsilon: Double
  /// The table to draw its noise from; nil unless it was granted now.
  package let precision: NoisePrecision?

  /// - Parameter remaining: what is left of ε by the budgets, for receipts of one device from one commit.
  init(release: String, outcome: LedgerOutcome, remaining: inout [BudgetsLeft: Double]) {
    func epsilon(_ left: BudgetsLeft) -> Double {
      let value = remaining[left] ?? left.epsilon
      remaining[left] = value
      return value
    }
    self.release = release
    switch outcome {
    case .granted(let index, let precision, let left):
      (self.index, wasCharged, denial, self.precision) = (index, false, nil, precision)
      remainingEpsilon = epsilon(left)
    case .alreadyCharged(let index, let left):
      (self.index, wasCharged, denial, precision, remainingEpsilon) = (index, true, nil, nil, epsilon(left))
    case .exhausted(let left):
      (index, wasCharged, denial, precision, remainingEpsilon) = (nil, false, .exhausted, nil, epsilon(left))
    case .inFallback(let order, let left):
      (index, wasCharged, denial, precision, remainingEpsilon) = (nil, false, .fallback(order), nil, epsilon(left))
    case .noBudget, .done:
      (index, wasCharged, denial, precision, remainingEpsilon) = (nil, false, .noBudget, nil, 0)
    }
  }
}
