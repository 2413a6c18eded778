import Foundation

/// How far apart two honest noised vectors may be: beyond it noise of a known scale takes them once in 1 / `falseAlarm` pairs.
///
/// Each is x + z: x from a set of diameter `diameter` (2R for vectors clipped to R), z with independent coordinates of
/// variance `variance`, Gaussian or rounded Gaussian (σ² + 1/12). Then ‖y − y′‖² / (2·variance) is, at most, noncentral χ²
/// with d degrees of freedom and λ = diameter² / (2·variance), and for x = ln(1/p)
///
///     P(χ²_d(λ) ≥ d + λ + 2√((d + 2λ)·x) + 2·x) ≤ p
///
/// (Birgé 2001, "An alternative point of view on Lepski's method", Lemma 8.1). The proof bounds the moment generating function of the
/// square, so that it holds for every noise that is sub-Gaussian with its own variance: the uniform part that rounding adds is, and
/// a saturated value only comes nearer. The exact quantile of χ² would promise it for the Gaussian alone.
public struct NoiseBound: Sendable, Hashable {
  /// Of one coordinate of one vector, in the square of its unit.
  public let variance: Double
  /// The largest honest distance without noise, in the same unit.
  public let diameter: Double

  /// Noise of any scale. What is negative or no number counts as 0.
  public init(variance: Double, diameter: Double) {
    self.variance = variance > 0 ? variance : 0
    self.diameter = diameter > 0 ? diameter : 0
  }

  /// The rounded Gaussian of the releases, in grid units.
  /// - Parameters:
  ///   - scale: S.
  ///   - radius: R, that every vector was clipped to.
  public init(scale: Double, radius: Double) {
    self.init(variance: scale * scale + 1.0 / 12, diameter: 2 * radius)
  }

  /// The square of the distance that two honest vectors of `dimension` coordinates pass with probability `falseAlarm` at most.
  public func largestSquare(dimension: Int, falseAlarm: Double) -> Double {
    let pair = 2 * variance
    guard pair > 0 else { return diameter * diameter }
    let lambda = diameter * diameter / pair
    return pair * Self.quantile(degrees: Double(max(0, dimension)), noncentrality: lambda, level: falseAlarm)
  }

  /// An upper bound of the noncentral χ² quantile at 1 − `level`.
  static func quantile(degrees: Double, noncentrality: Double, level: Double) -> Double {
    let x = -log(min(max(level, 1e-300), 1))
    return degrees + noncentrality + 2 * ((degrees + 2 * noncentrality) * x).squareRoot() + 2 * x
  }
}
