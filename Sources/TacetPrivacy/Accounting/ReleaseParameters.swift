/// The public numbers of one release: how far the vector is clipped and how much noise it gets, both in grid units.
public struct ReleaseParameters: Hashable, Sendable {
  /// R: the L2 norm that no released vector exceeds before noise. Two inputs differ by at most 2R.
  public let radius: Int
  /// S: the standard deviation of the Gaussian that is added, before rounding.
  public let scale: Int

  /// The scales the sampler has tables for.
  public static let supportedScales = [8, 16, 32, 64]

  /// The largest radius: 4R²/S² stays below 2²⁴ at the smallest scale, so that its cost fits in 64 bits.
  public static let largestRadius = 16_383

  /// Throws when `radius` is not in 1…``largestRadius`` or `scale` is not one of ``supportedScales``.
  public init(radius: Int, scale: Int) throws(PrivacyParameterError) {
    guard (1...Self.largestRadius).contains(radius) else { throw .radiusOutOfRange(radius) }
    guard Self.supportedScales.contains(scale) else { throw .unsupportedScale(scale) }
    self.radius = radius
    self.scale = scale
  }

  /// μ² = 4R²/S² (the Gaussian mechanism at sensitivity 2R), rounded up to a whole unit.
  ///
  /// Exact for today's scales, which are powers of two.
  public var cost: PrivacyCost {
    // The initialiser bounds both: the numerator is below 2^70, the quotient below 2^64.
    let numerator = UInt128(4 * radius * radius) << 40
    let denominator = UInt128(scale * scale)
    return PrivacyCost(units: UInt64((numerator + denominator - 1) / denominator))
  }
}
