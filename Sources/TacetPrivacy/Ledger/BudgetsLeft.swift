/// The budgets of a device and what is spent of them: enough to say what is left of ε, once somebody asks.
struct BudgetsLeft: Hashable, Sendable {
  let window: LedgerEntry.BudgetTerms?
  let windowSpent: UInt64
  let lifetime: LedgerEntry.BudgetTerms?
  let spent: UInt64

  init(_ state: DeviceState) {
    window = state.window
    windowSpent = state.windowSpent
    lifetime = state.lifetime
    spent = state.spent
  }

  /// What is left of ε of the budget that has the least left; 0 without a budget.
  var epsilon: Double {
    [(window, windowSpent), (lifetime, spent)].compactMap { terms, units in
      terms.map { max(0, $0.epsilon - DeviceState.epsilon(of: PrivacyCost(units: units), delta: $0.delta)) }
    }.min() ?? 0
  }
}
