/// What a stream needs: for a budget, a sensitivity and a number of windows, the noise scales that fit, what the noise tables add to δ
/// included.
public struct StreamCalibration: Sendable {
  /// One scale that fits.
  public struct Option: Sendable {
    /// Δ, S and the steps.
    public let parameters: StreamParameters
    /// ε at the budget's δ that all windows together come to, with exact noise.
    public let epsilon: Double
    /// The noise table that the ledger would choose at the end of the budget.
    public let precision: NoisePrecision
    /// δ′ that the noise tables add to δ, over all windows.
    public let deltaSlack: Double
  }

  /// ε of the budget.
  public let epsilon: Double
  /// δ of the budget.
  public let delta: Double
  /// Δ, how far one individual can move a window.
  public let sensitivity: Int
  /// How many windows it is to last for.
  public let windows: UInt64
  /// How many releases a window has.
  public let steps: Int
  /// How many numbers a release has, when that is known.
  public let dimension: UInt64?
  private let limit: PrivacyCost

  /// Throws when a parameter is out of range. `windows` and `dimension` are at least 1.
  public init(
    epsilon: Double, delta: Double, sensitivity: Int, windows: UInt64, steps: Int, dimension: UInt64?
  ) throws(PrivacyParameterError) {
    (self.epsilon, self.delta, self.sensitivity) = (epsilon, delta, sensitivity)
    (self.windows, self.steps, self.dimension) = (max(windows, 1), steps, dimension)
    limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: delta)
    _ = try StreamParameters(sensitivity: sensitivity, scale: NoiseScale.largest, steps: steps)
  }

  /// The choice at `scale`; nil when it does not fit.
  /// - Throws: `PrivacyParameterError.unsupportedScale`.
  public func option(scale: Int) throws(PrivacyParameterError) -> Option? {
    let parameters = try StreamParameters(sensitivity: sensitivity, scale: scale, steps: steps)
    let cost = parameters.cost * windows
    guard PrivacyCost.zero.leavesRoom(for: cost, within: limit) else { return nil }
    let (slack, precision) = ImplementationSlack.charged(
      .contribution(parameters), dimension: dimension ?? 1, count: windows, epsilon: epsilon, delta: delta)
    let added = slack.delta(at: epsilon)
    // δ(ε) + δ′ ≤ δ.
    let rest = (delta - added).nextDown
    guard rest > 0, try GaussianAccountant.epsilon(cost: cost, delta: rest) <= epsilon else { return nil }
    return Option(
      parameters: parameters, epsilon: try GaussianAccountant.epsilon(cost: cost, delta: delta),
      precision: precision, deltaSlack: added)
  }

  /// The choice with the least noise; nil when no scale fits.
  public func leastScale() throws(PrivacyParameterError) -> Option? {
    for scale in NoiseScale.all {
      if let option = try option(scale: scale) { return option }
    }
    return nil
  }
}
