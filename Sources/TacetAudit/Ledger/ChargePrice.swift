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
  /// What the noise tables add.
  let slack: ImplementationSlack
  private let terms: Terms

  init(of charge: LedgerEntry.ChargeTerms) {
    terms = Terms(charge)
    guard let mechanism = charge.mechanism, (1...UInt64(Releaser.largestDimension)).contains(charge.dimension) else {
      // Without parameters there is no saying what the noise was.
      (cost, slack) = (.max, ImplementationSlack(narrow: .max, wide: .max, tail: .max))
      return
    }
    cost = mechanism.cost.units
    slack = ImplementationSlack(of: mechanism, dimension: charge.dimension, precision: charge.precision)
  }

  /// Whether it is the price of another charge too: most are alike.
  func applies(to charge: LedgerEntry.ChargeTerms) -> Bool {
    Terms(charge) == terms
  }
}
