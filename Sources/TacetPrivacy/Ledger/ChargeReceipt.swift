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
  /// δ′ that the noise tables of all releases so far add to that budget's δ.
  package let deltaSlack: Double
  /// The table to draw its noise from; nil unless it was granted now.
  package let precision: NoisePrecision?

  /// - Parameter remaining: what is left by the budgets, for receipts of one device from one commit.
  init(release: String, outcome: LedgerOutcome, remaining: inout [BudgetsLeft: BudgetsLeft.Figures]) {
    let left: BudgetsLeft?
    switch outcome {
    case .granted(let index, let precision, let budgets):
      (self.index, wasCharged, denial, self.precision, left) = (index, false, nil, precision, budgets)
    case .alreadyCharged(let index, let budgets):
      (self.index, wasCharged, denial, precision, left) = (index, true, nil, nil, budgets)
    case .exhausted(let budgets):
      (index, wasCharged, denial, precision, left) = (nil, false, .exhausted, nil, budgets)
    case .inFallback(let order, let budgets):
      (index, wasCharged, denial, precision, left) = (nil, false, .fallback(order), nil, budgets)
    case .noBudget, .done:
      (index, wasCharged, denial, precision, left) = (nil, false, .noBudget, nil, nil)
    }
    self.release = release
    let figures = left.map { remaining[$0] ?? $0.figures }
    if let left { remaining[left] = figures }
    (remainingEpsilon, deltaSlack) = (figures?.epsilon ?? 0, figures?.deltaSlack ?? 0)
  }
}
