package import TacetPolicy
package import TacetPrivacy

extension Policy.Privacy {
  /// The noise tables that devices draw from under this policy, for releases of so many numbers: those that their ledgers choose from the
  /// first charge of a budget to its last, the narrow one first.
  ///
  /// The 64-bit table's share of δ is for a device's life: one without a budget for its lifetime comes to the 128-bit table some day,
  /// however many windows later.
  package func tables(dimension: Int) -> [NoisePrecision] {
    let mechanism = releases.mechanism
    let used = ([budgets] + devices.values).reduce(into: Set<NoisePrecision>()) { used, budgets in
      used.formUnion(Self.tables(of: mechanism, dimension: UInt64(clamping: dimension), budgets: budgets))
    }
    return [.narrow, .wide].filter(used.contains)
  }

  private static func tables(
    of mechanism: Mechanism, dimension: UInt64, budgets: [Budget]
  ) -> [NoisePrecision] {
    // The budget that leaves the narrow table least decides, and the lifetime's, where there is one, how many charges there are.
    let strictest = budgets.min { $0.narrowLimit < $1.narrowLimit }
    guard let strictest, let longest = budgets.first(where: { $0.windowSeconds == nil }) ?? budgets.first else {
      return []
    }
    let charges = longest.limit.units / max(1, mechanism.cost.units)
    return [1, max(1, charges)].map { count in
      ImplementationSlack.charged(
        mechanism, dimension: dimension, count: count, epsilon: strictest.epsilon, delta: strictest.delta
      ).precision
    }
  }
}

extension Budget {
  fileprivate var narrowLimit: UInt64 { ImplementationSlack.narrowLimit(epsilon: epsilon, delta: delta) }
}
