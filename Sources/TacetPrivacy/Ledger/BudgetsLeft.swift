/// The budgets of a device and what is spent of them: enough to say what is left of ε, once somebody asks.
struct BudgetsLeft: Hashable, Sendable {
  /// What is said of the budget that has the least left; zeros without a budget.
  struct Figures {
    /// What is left of its ε.
    let epsilon: Double
    /// δ′ that the noise tables add to its δ.
    let deltaSlack: Double
  }

  let window: LedgerEntry.BudgetTerms?
  let windowSpent: UInt64
  let lifetime: LedgerEntry.BudgetTerms?
  let spent: UInt64
  let slack: ImplementationSlack

  init(_ state: DeviceState) {
    window = state.window
    windowSpent = state.windowSpent
    lifetime = state.lifetime
    spent = state.spent
    slack = state.slack
  }

  /// Of the budget that has the least left.
  var figures: Figures {
    let all = [(window, windowSpent), (lifetime, spent)].compactMap { terms, units in
      terms.map { terms in
        let used = DeviceState.epsilon(of: PrivacyCost(units: units), delta: terms.delta)
        return Figures(epsilon: max(0, terms.epsilon - used), deltaSlack: slack.delta(at: terms.epsilon))
      }
    }
    return all.min { $0.epsilon < $1.epsilon } ?? Figures(epsilon: 0, deltaSlack: 0)
  }
}
