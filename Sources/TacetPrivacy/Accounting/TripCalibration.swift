/// What may be released of individuals who are counted by several devices: for a budget of a whole trip, the μ of one passage and the noise
/// scales that keep it, what the noise tables add to δ included.
///
/// A trip is one passage at each of M devices, whose noises are independent: μ_trip² = M·μ² (the theorem of ContributionStream.md at each
/// device, and composition).
public struct TripCalibration: Sendable {
  /// One scale that fits.
  public struct Option: Sendable {
    /// Δ of one passage, S and the steps of a window.
    public let parameters: StreamParameters
    /// One passage, by itself.
    public let passage: TripCost
    /// All of them, with exact noise.
    public let trip: TripCost
    /// The noise table that a device's ledger chooses whose budget is for one such window.
    public let precision: NoisePrecision
    /// δ′ that the noise tables of all devices add to δ of the trip; less where a ledger has chosen the wide table before.
    public let deltaSlack: Double
  }

  /// ε of the trip.
  public let epsilon: Double
  /// δ of the trip.
  public let delta: Double
  /// M, how many passages a trip has.
  public let passages: UInt64
  /// Δ of one passage.
  public let sensitivity: Int
  /// How many releases a device's window has.
  public let steps: Int
  /// How many numbers a release has, when that is known.
  public let dimension: UInt64?
  /// The largest μ of a passage with which the trip keeps ε and δ, with exact noise: rounded down.
  public let largestMu: Double
  private let limit: PrivacyCost

  /// Throws when a parameter is out of range. `passages` and `dimension` are at least 1.
  public init(
    epsilon: Double, delta: Double, passages: UInt64, sensitivity: Int, steps: Int, dimension: UInt64?
  ) throws(PrivacyParameterError) {
    (self.epsilon, self.delta, self.sensitivity) = (epsilon, delta, sensitivity)
    (self.passages, self.steps, self.dimension) = (max(passages, 1), steps, dimension)
    limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: delta)
    let square = Double(limit.units / self.passages) * 0x1p-40
    largestMu = square > 0 ? square.nextDown.squareRoot().nextDown : 0
    _ = try StreamParameters(sensitivity: sensitivity, scale: NoiseScale.largest, steps: steps)
  }

  /// The choice at `scale`; nil when it does not fit.
  /// - Throws: `PrivacyParameterError.unsupportedScale`.
  public func option(scale: Int) throws(PrivacyParameterError) -> Option? {
    let parameters = try StreamParameters(sensitivity: sensitivity, scale: scale, steps: steps)
    let cost = parameters.cost * passages
    guard PrivacyCost.zero.leavesRoom(for: cost, within: limit) else { return nil }
    let passage = try TripCost(past: 1, cost: parameters.cost, delta: delta)
    let (added, precision) = slack(of: .contribution(parameters), epsilonOfPassage: passage.epsilon)
    // δ(ε) + δ′ ≤ δ.
    let rest = (delta - added).nextDown
    guard rest > 0, try GaussianAccountant.epsilon(cost: cost, delta: rest) <= epsilon else { return nil }
    return Option(
      parameters: parameters, passage: passage, trip: try TripCost(past: passages, cost: parameters.cost, delta: delta),
      precision: precision, deltaSlack: added)
  }

  /// The choice with the least noise; nil when no scale fits.
  public func leastScale() throws(PrivacyParameterError) -> Option? {
    for scale in NoiseScale.all {
      if let option = try option(scale: scale) { return option }
    }
    return nil
  }

  /// δ′ of all devices, and the table of each.
  private func slack(of mechanism: Mechanism, epsilonOfPassage: Double) -> (delta: Double, precision: NoisePrecision) {
    let precision = ImplementationSlack.charged(
      mechanism, dimension: dimension ?? 1, count: 1, epsilon: epsilonOfPassage, delta: delta
    ).precision
    let (numbers, overflow) = (dimension ?? 1).multipliedReportingOverflow(by: passages)
    let slack = ImplementationSlack(of: mechanism, dimension: overflow ? .max : numbers, precision: precision)
    return (slack.delta(at: epsilon), precision)
  }
}
