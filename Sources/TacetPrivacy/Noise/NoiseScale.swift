/// A noise scale S in grid units, and how noise of that scale is drawn.
///
/// 8, 16, 32 and 64 have tables: one draw. Any other whole S from 65 to 2048 takes two, z = a·z₁ + z₂ of tables s₁ and s₂
/// with s₂ ≥ 2a, which stands for a Gaussian of variance a²s₁² + s₂² ≥ S²; NoiseScale.md, beside this file, proves what
/// that costs. Of all such pairs the one with the least variance is taken; among equals the least ``weight``, then the
/// least a. No two pairs agree in all three: `Scripts/check_noise_convolution.py` says so.
public struct NoiseScale: Hashable, Sendable {
  /// S as asked for. The noise is never less.
  public let nominal: Int
  /// The factor a of the first draw; 0 where there is one draw, which counts as the second.
  package let factor: Int
  private let outer: Int
  private let inner: Int

  /// The scales with a table.
  package static let tables = [8, 16, 32, 64]

  /// Every nominal scale, the least first.
  package static var all: [Int] { tables + Array(65...largest) }

  /// The largest nominal scale. Up to it |z| ≤ 27 687 with either precision, so that noise fits 16 bits and its sum
  /// with a clipped vector needs no more than saturation.
  public static let largest = 2048

  /// Throws ``PrivacyParameterError/unsupportedScale(_:)`` unless `nominal` is 8, 16, 32, 64 or in 65…``largest``.
  public init(nominal: Int) throws(PrivacyParameterError) {
    if Self.tables.contains(nominal) {
      self.init(nominal: nominal, factor: 0, outer: 0, inner: nominal)
      return
    }
    guard (65...Self.largest).contains(nominal),
      let pair = Self.pairs.first(where: { $0.variance >= nominal * nominal })
    else { throw .unsupportedScale(nominal) }
    self.init(nominal: nominal, factor: pair.factor, outer: pair.outer, inner: pair.inner)
  }

  private init(nominal: Int, factor: Int, outer: Int, inner: Int) {
    (self.nominal, self.factor, self.outer, self.inner) = (nominal, factor, outer, inner)
  }

  /// The variance of the Gaussian before rounding, S² or a²s₁² + s₂², in squared grid units: exact.
  public var variance: Int { factor * factor * outer * outer + inner * inner }

  /// How many table draws make one sample: 1 or 2.
  public var draws: Int { factor == 0 ? 1 : 2 }

  /// The sum of the draws' table scales. One sample's distance from exact noise is at most `weight` · 2⁻⁶² (narrow) or
  /// `weight` · 2⁻¹²⁶ (wide) in total variation.
  public var weight: Int { outer + inner }

  /// The table scales: s₁ and s₂, or S alone.
  package var tableScales: [Int] { factor == 0 ? [inner] : [outer, inner] }

  /// Every pair of draws with s₂ ≥ 2a, the preferred one first. (As scales without a nominal value.)
  private static let pairs: [NoiseScale] = tables.flatMap { inner in
    tables.flatMap { outer in
      (1...inner / 2).map { NoiseScale(nominal: 0, factor: $0, outer: outer, inner: inner) }
    }
  }.sorted { ($0.variance, $0.weight, $0.factor) < ($1.variance, $1.weight, $1.factor) }
}
