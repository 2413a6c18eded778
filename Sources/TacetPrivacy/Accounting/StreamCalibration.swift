/// What stream windows need: for a budget, a sensitivity and a number of windows, the noise scales that fit, what the noise tables add to δ
/// included.
///
/// The windows are those of one device, or one each of as many devices, which an individual passes on a trip: noises are independent, so that
/// μ² adds up either way (the theorem of ContributionStream.md, and composition). What differs is which noise tables count.
public struct StreamCalibration: Sendable {
  /// Whose ledgers the windows are charged to.
  public enum Ledgers: Hashable, Sendable {
    /// All to one, whose budget is the one asked for: the 64-bit table as long as its share of δ lasts, the 128-bit one after that.
    case one
    /// Each to its own, whose budget is for one such window: the table that this ledger chooses. Less is added to δ where a ledger has
    /// chosen the 128-bit table before.
    case each
  }

  /// One scale that fits.
  public struct Option: Sendable {
    /// Δ, S and the steps.
    public let parameters: StreamParameters
    /// One window by itself, with exact noise.
    public let window: TripCost
    /// All of them, with exact noise.
    public let all: TripCost
    /// The noise table of the last window.
    public let precision: NoisePrecision
    /// δ′ that the noise tables of all windows add to δ.
    public let deltaSlack: Double
  }

  /// ε of all windows.
  public let epsilon: Double
  /// δ of all windows.
  public let delta: Double
  /// Δ, how far one individual can move a window.
  public let sensitivity: Int
  /// How many windows there are.
  public let windows: UInt64
  /// How many releases a window has.
  public let steps: Int
  /// How many numbers a release has, when that is known.
  public let dimension: UInt64?
  /// Whose ledgers the windows are charged to.
  public let ledgers: Ledgers
  /// The largest μ of a window with which all of them keep ε and δ, with exact noise: rounded down.
  public let largestMu: Double
  private let limit: PrivacyCost

  /// Throws when a parameter is out of range. `windows` and `dimension` are at least 1.
  public init(
    epsilon: Double, delta: Double, sensitivity: Int, windows: UInt64, steps: Int, dimension: UInt64?,
    ledgers: Ledgers
  ) throws(PrivacyParameterError) {
    (self.epsilon, self.delta, self.sensitivity) = (epsilon, delta, sensitivity)
    (self.windows, self.steps, self.dimension) = (max(windows, 1), steps, dimension)
    self.ledgers = ledgers
    limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: delta)
    let square = Double(limit.units / self.windows) * 0x1p-40
    largestMu = square > 0 ? square.nextDown.squareRoot().nextDown : 0
    _ = try StreamParameters(sensitivity: sensitivity, scale: NoiseScale.largest, steps: steps)
  }

  /// The choice at `scale`; nil when it does not fit.
  /// - Throws: `PrivacyParameterError.unsupportedScale`.
  public func option(scale: Int) throws(PrivacyParameterError) -> Option? {
    let parameters = try StreamParameters(sensitivity: sensitivity, scale: scale, steps: steps)
    let cost = parameters.cost * windows
    guard PrivacyCost.zero.leavesRoom(for: cost, within: limit) else { return nil }
    let window = try TripCost(past: 1, cost: parameters.cost, delta: delta)
    let (added, precision) = slack(of: .contribution(parameters), epsilonOfWindow: window.epsilon)
    // δ(ε) + δ′ ≤ δ.
    let rest = (delta - added).nextDown
    guard rest > 0, try GaussianAccountant.epsilon(cost: cost, delta: rest) <= epsilon else { return nil }
    return Option(
      parameters: parameters, window: window, all: try TripCost(past: windows, cost: parameters.cost, delta: delta),
      precision: precision, deltaSlack: added)
  }

  /// The choice with the least noise; nil when no scale fits.
  public func leastScale() throws(PrivacyParameterError) -> Option? {
    for scale in NoiseScale.all {
      if let option = try option(scale: scale) { return option }
    }
    return nil
  }

  /// δ′ of all windows, and the last one's table.
  private func slack(of mechanism: Mechanism, epsilonOfWindow: Double) -> (delta: Double, precision: NoisePrecision) {
    let numbers = dimension ?? 1
    switch ledgers {
    case .one:
      let (slack, precision) = ImplementationSlack.charged(
        mechanism, dimension: numbers, count: windows, epsilon: epsilon, delta: delta)
      return (slack.delta(at: epsilon), precision)
    case .each:
      let precision = ImplementationSlack.charged(
        mechanism, dimension: numbers, count: 1, epsilon: epsilonOfWindow, delta: delta
      ).precision
      let (all, overflow) = numbers.multipliedReportingOverflow(by: windows)
      let slack = ImplementationSlack(of: mechanism, dimension: overflow ? .max : all, precision: precision)
      return (slack.delta(at: epsilon), precision)
    }
  }
}
