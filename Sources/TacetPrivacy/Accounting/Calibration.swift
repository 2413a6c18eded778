/// What may be released: for a budget and a number of releases, the largest radius at each noise scale that fits, what the
/// noise tables add to δ included.
public struct Calibration: Sendable {
  /// One choice of R and S.
  public struct Option: Sendable {
    /// R and S, with R the largest that fits.
    public let parameters: ReleaseParameters
    /// ε at the budget's δ that all releases together come to, with exact noise. At the budget's ε, δ and `deltaSlack` together
    /// stay within the budget's δ.
    public let epsilon: Double
    /// The noise table that the ledger would choose at the end of the budget.
    public let precision: NoisePrecision
    /// δ′ that the noise tables add to δ, over all releases.
    public let deltaSlack: Double
    /// The grid is too coarse for the vector: see ``Calibration/fineScale()``.
    public let isCoarse: Bool
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
    guard let parameters = try largest(scale: scale) else { return nil }
    let (slack, precision) = slack(of: parameters)
    return Option(
      parameters: parameters,
      epsilon: try GaussianAccountant.epsilon(cost: parameters.cost * releases, delta: delta),
      precision: precision, deltaSlack: slack,
      isCoarse: dimension != nil && scale < leastScale(mu: parameters.cost.mu))
  }

  /// δ′ of all releases, and the last one's table.
  private func slack(of parameters: ReleaseParameters) -> (delta: Double, precision: NoisePrecision) {
    let (slack, precision) = ImplementationSlack.charged(
      parameters, dimension: dimension ?? 1, count: releases, epsilon: epsilon, delta: delta)
    return (slack.delta(at: epsilon), precision)
  }

  /// Whether the filter grants them all, and δ(ε) + δ′ ≤ δ.
  private func fits(_ parameters: ReleaseParameters) throws(PrivacyParameterError) -> Bool {
    let cost = parameters.cost * releases
    let rest = (delta - slack(of: parameters).delta).nextDown
    guard PrivacyCost.zero.leavesRoom(for: cost, within: limit), rest > 0 else { return false }
    return try GaussianAccountant.epsilon(cost: cost, delta: rest) <= epsilon
  }

  /// The largest radius that fits at `scale`; nil when not even 1 does.
  private func largest(scale: Int) throws(PrivacyParameterError) -> ReleaseParameters? {
    // Invariant: `fits` fits (nil stands for none), `exceeds` does not.
    var fits: ReleaseParameters?
    var exceeds = ReleaseParameters.largestRadius + 1
    while exceeds - (fits?.radius ?? 0) > 1 {
      let middle = try ReleaseParameters(radius: ((fits?.radius ?? 0) + exceeds) / 2, scale: scale)
      if try self.fits(middle) {
        fits = middle
      } else {
        exceeds = middle.radius
      }
    }
    return fits
  }

  /// A noise scale whose grid is fine enough for the vector, and not much finer: S ≥ 8 √k / μ, so that R = μS/2 ≥ 4 √k, far above the
  /// √k / 2 that rounding k numbers can add to the norm. nil without a dimension, or when no scale is fine enough.
  public func fineScale() throws(PrivacyParameterError) -> Int? {
    guard dimension != nil else { return nil }
    var candidate = leastScale(mu: muPerRelease)
    while candidate <= NoiseScale.largest {
      let scale = ReleaseParameters.supportedScales.first { $0 >= candidate } ?? candidate
      // A whole R takes a little off μ, and a smaller μ asks for a finer grid.
      guard let parameters = try largest(scale: scale) else { return nil }
      let needed = leastScale(mu: parameters.cost.mu)
      if scale >= needed { return scale }
      candidate = needed
    }
    return nil
  }

  private func leastScale(mu: Double) -> Int {
    let least = 8 * Double(dimension ?? 0).squareRoot() / mu
    return least > Double(NoiseScale.largest) ? .max : Int(least.rounded(.up))
  }
}
