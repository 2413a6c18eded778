/// What a device releases of the individuals that it counts, and how far one of them can move a stream window.
public struct ContributionPlan: Hashable, Sendable {
  /// What spreads counts over the steps.
  public let filter: CausalFilter
  /// How many passages of one individual count in a window; more add nothing.
  public let passages: Int
  /// The largest squared L2 norm of one passage; a larger one adds nothing.
  public let bound: Int
  /// What a window is charged by: Δ, the noise scale, the steps.
  public let parameters: StreamParameters
  /// μ² of one passage: what a window costs an individual that comes once, whatever more it might.
  public let passageCost: PrivacyCost

  /// The most passages of one individual.
  public static let mostPassages = 16
  /// The largest bound.
  public static let largestBound = StreamParameters.largestSensitivity * StreamParameters.largestSensitivity
  /// Individuals have numbers below this in a window; others are not counted. It bounds what a counter remembers.
  public static let individuals = 1 << 16
  /// The most numbers that a stream keeps: its dimension times its filter's taps.
  public static let largestHistory = 1 << 24

  /// A plan.
  /// - Parameters:
  ///   - filter: what spreads counts over the steps.
  ///   - passages: how many passages of one individual count in a window, 1…``mostPassages``.
  ///   - bound: the largest squared norm of one passage, 1…``largestBound``: 1 where a passage adds 1 to one count.
  ///   - scale: the noise scale S, in the units of the filtered counts.
  ///   - steps: how many releases a window has.
  public init(filter: CausalFilter, passages: Int, bound: Int, scale: Int, steps: Int) throws(ContributionError) {
    let square = filter.squaredNorm
    let sensitivity = try Self.sensitivity(passages: passages, bound: bound, squaredNorm: square)
    do {
      parameters = try StreamParameters(
        sensitivity: sensitivity, scale: scale, steps: steps,
        origin: StreamParameters.Origin(taps: filter.taps, passages: passages, bound: bound))
    } catch {
      throw .parameters(error)
    }
    (self.filter, self.passages, self.bound) = (filter, passages, bound)
    let ofOne = try Self.sensitivity(passages: 1, bound: bound, squaredNorm: square)
    passageCost = PrivacyCost(sensitivity: ofOne, scale: parameters.noiseScale)
  }

  /// Δ of so many passages of squared norm at most `bound` through a filter of norm `norm`.
  /// - Parameters:
  ///   - passages: 1…``mostPassages``.
  ///   - bound: 1…``largestBound``.
  ///   - norm: H, one of `CausalFilter.norms`.
  public static func sensitivity(passages: Int, bound: Int, norm: Int) throws(ContributionError) -> Int {
    guard CausalFilter.norms.contains(norm) else { throw .normOutOfRange(norm) }
    return try sensitivity(passages: passages, bound: bound, squaredNorm: norm * norm)
  }

  /// The least whole number Δ with Δ² ≥ passages² · bound · Σ tap².
  private static func sensitivity(passages: Int, bound: Int, squaredNorm: Int) throws(ContributionError) -> Int {
    guard (1...mostPassages).contains(passages) else { throw .passagesOutOfRange(passages) }
    guard (1...largestBound).contains(bound) else { throw .boundOutOfRange(bound) }
    // Below 2^8 · 2^30 · 2^34.
    let square = UInt128(passages * passages) * UInt128(bound) * UInt128(squaredNorm)
    let sensitivity = WholeRoot.roundedUp(of: square)
    guard sensitivity <= UInt64(StreamParameters.largestSensitivity) else { throw .sensitivityTooLarge }
    return Int(sensitivity)
  }

  /// The same with another noise scale.
  public func with(scale: Int) throws(ContributionError) -> ContributionPlan {
    try ContributionPlan(
      filter: filter, passages: passages, bound: bound, scale: scale, steps: parameters.steps)
  }

  /// Δ: the least whole number with Δ² ≥ passages² · bound · Σ tap² (ContributionStream.md, lemma 2).
  public var sensitivity: Int { parameters.sensitivity }

  /// The most numbers that one release of a stream may have.
  public var largestDimension: Int { Self.largestHistory / filter.taps.count }
}
