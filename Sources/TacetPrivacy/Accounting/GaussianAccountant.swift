import Foundation

/// From μ² to (ε, δ) and back: δ = Φ(μ/2 − ε/μ) − e^ε Φ(−μ/2 − ε/μ) (Balle and Wang 2018, theorem 8).
///
/// Results are rounded outward: ε is never below the truth, a limit never above it. ε is within 1e-9, relative, for μ in
/// 1e-4…60 and δ in 1e-15…1e-2, however close to 0 it is.
public enum GaussianAccountant {
  /// By how much ln δ is understated before solving: above the error of evaluating it (below 1e-13, measured against
  /// 50 digits), far below what would show in ε.
  private static let margin = 4e-13

  /// The smallest ε, rounded outward, for which releases of total `cost` are (ε, `delta`)-differentially private.
  ///
  /// 0 where `delta` alone covers the cost. Throws when `delta` is not strictly between 0 and 1.
  public static func epsilon(cost: PrivacyCost, delta: Double) throws(PrivacyParameterError) -> Double {
    guard delta > 0, delta < 1 else { throw .deltaOutOfRange(delta) }
    guard cost != .unbounded else { return .infinity }
    return outwardEpsilon(root: root(units: cost.units), delta: delta)
  }

  /// The same for a μ that is not negative, in units of its own.
  ///
  /// Throws when `delta` is not strictly between 0 and 1, or `mu` is so large that ε is no number.
  public static func epsilon(mu: Double, delta: Double) throws(PrivacyParameterError) -> Double {
    guard mu <= 1e150 else { throw .unboundedLoss }
    return try epsilon(root: mu > 0 ? DoubleDouble(max(mu, GaussianHistory.least)) : nil, delta: delta)
  }

  /// The same for a μ with more digits; nil is none.
  static func epsilon(root: DoubleDouble?, delta: Double) throws(PrivacyParameterError) -> Double {
    guard delta > 0, delta < 1 else { throw .deltaOutOfRange(delta) }
    // ε is about μ²/2: beyond this it, or what it is computed by, overflows.
    guard (root?.high ?? 0) <= 1e150 else { throw .unboundedLoss }
    return outwardEpsilon(root: root, delta: delta)
  }

  /// The largest cost that stays within (`epsilon`, `delta`), rounded down: the bound of the privacy filter.
  ///
  /// Throws when `epsilon` is negative or not finite, or `delta` is not strictly between 0 and 1.
  public static func costLimit(epsilon: Double, delta: Double) throws(PrivacyParameterError) -> PrivacyCost {
    guard epsilon >= 0, epsilon.isFinite else { throw .epsilonOutOfRange(epsilon) }
    guard delta > 0, delta < 1 else { throw .deltaOutOfRange(delta) }
    // Invariant: `fits` fits, `exceeds` does not (`PrivacyCost.unbounded` fits nothing).
    var (fits, exceeds) = (UInt64(0), UInt64.max)
    while exceeds - fits > 1 {
      let middle = fits + (exceeds - fits) / 2
      if outwardEpsilon(root: root(units: middle), delta: delta) <= epsilon {
        fits = middle
      } else {
        exceeds = middle
      }
    }
    return PrivacyCost(units: fits)
  }

  private static func root(units: UInt64) -> DoubleDouble? {
    units > 0 ? (DoubleDouble(units) * DoubleDouble(0x1p-40)).squareRoot() : nil
  }

  /// Solves δ(ε) = `delta` for ε, widened by more than the solver's own rounding.
  private static func outwardEpsilon(root: DoubleDouble?, delta: Double) -> Double {
    guard let root else { return 0 }
    let profile = GaussianProfile(mu: root.high)
    let fall = GaussianProfile.deltaAtZero(mu: root) + DoubleDouble(-delta)
    let logDelta = log(delta) - margin
    guard fall.high > 0, profile.logDelta(at: 0) > logDelta else { return 0 }
    let w = profile.rootNearZero(fall: fall.high, delta: delta) ?? profile.root(of: logDelta)
    return w * root.high * (1 + 0x1p-44)
  }
}
