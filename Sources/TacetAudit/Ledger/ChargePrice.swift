import TacetPrivacy

/// What a charge truly costs, from its radius, scale, dimension and precision.
struct ChargePrice {
  /// μ² in units of 2^-40; `.max` where there is no such release.
  let cost: UInt64
  /// What the noise tables add.
  let slack: ImplementationSlack
  private let terms: (UInt64, UInt64, UInt64, NoisePrecision)

  init(of charge: LedgerEntry.ChargeTerms) {
    terms = Self.terms(of: charge)
    let parameters = try? ReleaseParameters(radius: Int(clamping: charge.radius), scale: Int(clamping: charge.scale))
    guard let parameters, (1...UInt64(Releaser.largestDimension)).contains(charge.dimension) else {
      // Without parameters there is no saying what the noise was.
      (cost, slack) = (.max, ImplementationSlack(narrow: .max, wide: .max, tail: .max))
      return
    }
    cost = parameters.cost.units
    slack = ImplementationSlack(of: parameters, dimension: charge.dimension, precision: charge.precision)
  }

  /// Whether it is the price of another charge too: most are alike.
  func applies(to charge: LedgerEntry.ChargeTerms) -> Bool {
    Self.terms(of: charge) == terms
  }

  private static func terms(of charge: LedgerEntry.ChargeTerms) -> (UInt64, UInt64, UInt64, NoisePrecision) {
    (charge.radius, charge.scale, charge.dimension, charge.precision)
  }
}
