/// The public numbers of one stream window: how far one individual can move all its releases together, how much noise each
/// gets, and how many there are.
public struct StreamParameters: Hashable, Sendable {
  /// Δ: the L2 distance, in grid units, that one individual can move the whole window by.
  public let sensitivity: Int
  /// S, and how its noise is drawn.
  public let noiseScale: NoiseScale
  /// What the sensitivity follows from, where it is known.
  public let origin: Origin?
  /// How many releases the window has. They do not change what it costs, only what the noise tables add to δ.
  public let steps: Int

  /// The filter and the bounds that a sensitivity follows from: Δ² ≥ passages² · bound · Σ tap² (ContributionStream.md, lemma 2).
  public struct Origin: Hashable, Sendable {
    /// The filter's taps.
    public let taps: [Int]
    /// How many passages of one individual count in a window.
    public let passages: Int
    /// The largest squared norm of one passage.
    public let bound: Int

    /// From numbers of whatever origin; ``sensitivity`` says whether they are a plan's.
    public init(taps: [Int], passages: Int, bound: Int) {
      (self.taps, self.passages, self.bound) = (taps, passages, bound)
    }

    /// Δ, computed anew; nil where no plan has these numbers.
    public var sensitivity: Int? {
      guard let filter = try? CausalFilter(taps: taps),
        let plan = try? ContributionPlan(filter: filter, passages: passages, bound: bound, scale: 8, steps: 1)
      else { return nil }
      return plan.sensitivity
    }
  }

  /// The largest sensitivity: that of `any-input` at the largest radius, so that its cost fits in 64 bits.
  public static let largestSensitivity = 2 * ReleaseParameters.largestRadius
  /// The most steps.
  public static let mostSteps = 1 << 24

  /// Throws when `sensitivity` is not in 1…``largestSensitivity``, `steps` not in 1…``mostSteps``, or the scale is one that
  /// `ReleaseParameters` would not take.
  public init(
    sensitivity: Int, scale: Int, steps: Int, origin: Origin? = nil
  ) throws(PrivacyParameterError) {
    guard (1...Self.largestSensitivity).contains(sensitivity) else {
      throw .streamSensitivityOutOfRange(sensitivity)
    }
    guard (1...Self.mostSteps).contains(steps) else { throw .stepsOutOfRange(steps) }
    noiseScale = try NoiseScale(nominal: scale)
    (self.sensitivity, self.steps, self.origin) = (sensitivity, steps, origin)
  }

  /// S, the nominal standard deviation of the Gaussian that is added to each number, before rounding.
  public var scale: Int { noiseScale.nominal }

  /// μ² = Δ²/σ², σ² the variance of the Gaussian, rounded up to a whole unit: for all steps together.
  public var cost: PrivacyCost { PrivacyCost(sensitivity: sensitivity, scale: noiseScale) }
}

extension PrivacyCost {
  /// Of a Gaussian mechanism: μ² = sensitivity²/σ², rounded up.
  /// - Parameter sensitivity: at most `StreamParameters.largestSensitivity`; its callers bound it.
  init(sensitivity: Int, scale: NoiseScale) {
    // The numerator is below 2^70, the quotient below 2^64.
    let numerator = UInt128(sensitivity * sensitivity) << 40
    let denominator = UInt128(scale.variance)
    self.init(units: UInt64((numerator + denominator - 1) / denominator))
  }
}
