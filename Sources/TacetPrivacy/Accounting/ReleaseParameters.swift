/// The public numbers of one release: how far the vector is clipped and how much noise it gets, both in grid units.
public struct ReleaseParameters: Hashable, Sendable {
  /// R: the L2 norm that no released vector exceeds before noise. Two inputs differ by at most 2R.
  public let radius: Int
  /// S, and how its noise is drawn. The Gaussian's variance before rounding is `noiseScale.variance` ≥ S².
  public let noiseScale: NoiseScale

  /// The scales the sampler has tables for. Any whole number from 65 to `NoiseScale.largest` is made of two of them.
  public static let supportedScales = NoiseScale.tables

  /// The largest radius: 4R²/S² stays below 2²⁴ at the smallest scale, so that its cost fits in 64 bits.
  public static let largestRadius = 16_383

  /// Throws when `radius` is not in 1…``largestRadius``, or `scale` neither one of ``supportedScales`` nor in
  /// 65…`NoiseScale.largest`.
  public init(radius: Int, scale: Int) throws(PrivacyParameterError) {
    guard (1...Self.largestRadius).contains(radius) else { throw .radiusOutOfRange(radius) }
    noiseScale = try NoiseScale(nominal: scale)
    self.radius = radius
  }

  /// S, the nominal standard deviation of the Gaussian that is added, before rounding.
  public var scale: Int { noiseScale.nominal }

  /// μ² = 4R²/σ², σ² the variance of the Gaussian (the Gaussian mechanism at sensitivity 2R), rounded up to a whole unit.
  public var cost: PrivacyCost { PrivacyCost(sensitivity: 2 * radius, scale: noiseScale) }
}
