/// A noise scale S in grid units, and how noise of that scale is drawn.
///
/// 8, 16, 32 and 64 have tables: one draw. Any other whole S from 65 to 2048 takes two, z = a·z₁ + z₂ of tables s₁ and s₂
/// with s₂ ≥ 2a, which stands for a Gaussian of variance a²s₁² + s₂² ≥ S²; NoiseScale.md, beside this file, proves what
/// that costs. Of all such pairs the one with the least variance is taken; among equals the least ``weight``, then the
/// least a. No two pairs agree in all three: `Scripts/check_noise_convolution.py` says so.
public struct NoiseScale: Hashable, Sendable {
  /// S as asked for. The noise is never less.
  public let nominal: Int
  /// The factor a of the first draw; 1 where there is one draw.
  package let factor: Int
  /// The table scales: s₁ and s₂, or S alone.
  package let tableScales: [Int]

  /// The scales with a table.
  package static let tables = [8, 16, 32, 64]

  /// The largest nominal scale. Up to it |z| ≤ 27 687 with either precision, so that noise fits 16 bits and its sum
  /// with a clipped vector needs no more than saturation.
  public static let largest = 2048

  /// Throws ``PrivacyParameterError/unsupportedScale(_:)`` unless `nominal` is 8, 16, 32, 64 or in 65…``largest``.
  public init(nominal: Int) throws(PrivacyParameterError) {
    self.nominal = nominal
    if Self.tables.contains(nominal) {
      (factor, tableScales) = (1, [nominal])
    } else {
      guard (65...Self.largest).contains(nominal), let draws = Self.leastDraws(reaching: nominal * nominal) else {
        throw .unsupportedScale(nominal)
      }
      (factor, tableScales) = draws
    }
  }

  /// The variance of the Gaussian before rounding, S² or a²s₁² + s₂², in squared grid units: exact.
  public var variance: Int { Self.variance(factor: factor, tableScales: tableScales) }

  /// How many table draws make one sample: 1 or 2.
  public var draws: Int { tableScales.count }

  /// The sum of the draws' table scales. One sample's distance from exact noise is at most `weight` · 2⁻⁶² (narrow) or
  /// `weight` · 2⁻¹²⁶ (wide) in total variation.
  public var weight: Int { tableScales.reduce(0, +) }

  private static func variance(factor: Int, tableScales: [Int]) -> Int {
    tableScales.count == 1
      ? tableScales[0] * tableScales[0]
      : factor * factor * tableScales[0] * tableScales[0] + tableScales[1] * tableScales[1]
  }

  /// The pair of draws with the least variance from `variance` on. By construction s₂ ≥ 2a.
  private static func leastDraws(reaching variance: Int) -> (factor: Int, tableScales: [Int])? {
    var best: (variance: Int, weight: Int, factor: Int, tableScales: [Int])?
    for inner in tables {
      for outer in tables {
        for factor in 1...(inner / 2) {
          let reached = Self.variance(factor: factor, tableScales: [outer, inner])
          guard reached >= variance else { continue }
          let candidate = (reached, outer + inner, factor, [outer, inner])
          guard let current = best, (current.0, current.1, current.2) <= (reached, outer + inner, factor) else {
            best = candidate
            continue
          }
        }
      }
    }
    return best.map { ($0.factor, $0.tableScales) }
  }
}
