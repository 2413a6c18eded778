import TacetPrivacy

/// What a charge truly costs, from its unit and the numbers that go with it, its scale, dimension and precision.
struct ChargePrice {
  /// What decides a price.
  private struct Terms: Equatable {
    let extent: LedgerEntry.Extent
    let scale: UInt64
    let dimension: UInt64
    let precision: NoisePrecision

    init(_ charge: LedgerEntry.ChargeTerms) {
      (extent, scale, dimension, precision) = (charge.extent, charge.scale, charge.dimension, charge.precision)
    }
  }

  /// μ² in units of 2^-40; `.max` where there is no such release.
  let cost: UInt64
  /// Whether a stream window's sensitivity is what it says that it follows from makes.
  let isDue: Bool
  /// What the noise tables add.
  let slack: ImplementationSlack
  private let terms: Terms

  init(of charge: LedgerEntry.ChargeTerms) {
    terms = Terms(charge)
    isDue = charge.extent.isConsistent
    guard let mechanism = charge.mechanism, (1...UInt64(Releaser.largestDimension)).contains(charge.dimension) else {
      // Without parameters there is no saying what the noise was.
      (cost, slack) = (.max, ImplementationSlack(narrow: .max, wide: .max, tail: .max))
      return
    }
    cost = Self.truth(mechanism).cost.units
    slack = ImplementationSlack(of: mechanism, dimension: charge.dimension, precision: charge.precision)
  }

  /// Of a stream window, with the sensitivity that follows from what is beside it, if that is the larger.
  private static func truth(_ mechanism: Mechanism) -> Mechanism {
    guard case .contribution(let said) = mechanism, let due = said.origin?.sensitivity, due > said.sensitivity,
      let parameters = try? StreamParameters(sensitivity: due, scale: said.scale, steps: said.steps)
    else { return mechanism }
    return .contribution(parameters)
  }

  /// Whether it is the price of another charge too: most are alike.
  func applies(to charge: LedgerEntry.ChargeTerms) -> Bool {
    Terms(charge) == terms
  }
}

extension LedgerEntry.Extent {
  /// Whether the sensitivity is the one that follows from filter, passages and bound, computed anew; true where they are not said.
  fileprivate var isConsistent: Bool {
    guard case .contribution(let sensitivity, _, let origin?) = self else { return true }
    return origin.sensitivity.map(UInt64.init) == sensitivity
  }
}
