/// What may be released: for a budget and a number of releases, the largest radius at each noise scale that fits.
public struct Calibration: Sendable {
  /// One choice of R and S.
  public struct Option: Sendable {
    /// R and S, with R the largest that fits.
    public let parameters: ReleaseParameters
    /// ε at the budget's δ that all releases together come to.
    public let epsilon: Double
    /// The noise table that the ledger would choose at the end of the budget.
    public let precision: NoisePrecision
    /// δ′ that the noise tables add to δ, over all releases.
    public let deltaSlack: Double
    /// The least scale that is not too coarse for the vector, when this one is: see ``leastScale(dimension:mu:)``.
    public let finerScale: Int?

    /// Whether the grid is too coarse for the vector.
    public var isCoarse: Bool { finerScale != nil }
  }

  /// ε of the budget.
  public let epsilon: Double
  /// δ of the budget.
  public let delta: Double
  /// How many releases it is to last for.
  public let releases: UInt64
  /// How many numbers a release has, when that is known.
  public let dimension: UInt64?
  /// The μ of one release that fits exactly; every option is at most this.
  public let muPerRelease: Double
  private let limit: PrivacyCost

  /// Throws when ε or δ is out of range. `releases` and `dimension` are at least 1.
  public init(
    epsilon: Double, delta: Double, releases: UInt64, dimension: UInt64?
  ) throws(PrivacyParameterError) {
    self.epsilon = epsilon
    self.delta = delta
    self.releases = max(releases, 1)
    self.dimension = dimension
    limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: delta)
    muPerRelease = (Double(limit.units) * 0x1p-40 / Double(self.releases)).squareRoot()
  }

  /// The choice at `scale`; nil when not even R = 1 fits.
  /// - Throws: `PrivacyParameterError.unsupportedScale`.
  public func option(scale: Int) throws(PrivacyParameterError) -> Option? {
    // Invariant: `fits` fits (0 stands for none), `exceeds` does not.
    var (fits, exceeds) = (0, ReleaseParameters.largestRadius + 1)
    while exceeds - fits > 1 {
      let middle = (fits + exceeds) / 2
      let total = try ReleaseParameters(radius: middle, scale: scale).cost * releases
      if PrivacyCost.zero.leavesRoom(for: total, within: limit) { fits = middle } else { exceeds = middle }
    }
    guard fits > 0 else {
      _ = try ReleaseParameters(radius: 1, scale: scale)
      return nil
    }
    return try option(ReleaseParameters(radius: fits, scale: scale))
  }

  /// The least noise scale whose grid is fine enough for a vector: S ≥ 8 √k / μ, so that R = μS/2 ≥ 4 √k, far above the √k / 2
  /// that rounding k numbers can add to the norm. Rounded up.
  public static func leastScale(dimension: UInt64, mu: Double) -> Int? {
    let least = (8 * Double(dimension).squareRoot() / mu).rounded(.up)
    return ReleaseParameters.leastScale(atLeast: least)
  }

  private func option(_ parameters: ReleaseParameters) throws(PrivacyParameterError) -> Option {
    let coordinates = dimension ?? 1
    let (all, overflow) = coordinates.multipliedReportingOverflow(by: releases)
    let total = overflow ? .max : all
    let narrow = ImplementationSlack(of: parameters, dimension: total, precision: .narrow)
    let isNarrow = narrow.narrow <= ImplementationSlack.narrowLimit(epsilon: epsilon, delta: delta)
    let slack = isNarrow ? narrow : ImplementationSlack(of: parameters, dimension: total, precision: .wide)
    var finer: Int?
    if let dimension, Double(parameters.scale) < 8 * Double(dimension).squareRoot() / parameters.cost.mu {
      finer = Self.leastScale(dimension: dimension, mu: parameters.cost.mu) ?? 0
    }
    return Option(
      parameters: parameters,
      epsilon: try GaussianAccountant.epsilon(cost: parameters.cost * releases, delta: delta),
      precision: isNarrow ? .narrow : .wide, deltaSlack: slack.delta(at: epsilon), finerScale: finer)
  }
}
