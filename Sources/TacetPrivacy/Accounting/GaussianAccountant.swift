import Foundation

/// From μ² to (ε, δ) and back: δ = Φ(μ/2 − ε/μ) − e^ε Φ(−μ/2 − ε/μ) (Balle and Wang 2018, theorem 8).
///
/// Results are rounded outward: ε is never below the truth, a limit never above it. ε is within 1e-9, relative, for μ in
/// 1e-4…60 and δ in 1e-15…1e-2, except within 1e-5 · μ of ε = 0, where it is within 4e-15 · μ.
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
    return outwardEpsilon(mu: mu(units: cost.units), delta: delta)
  }

  /// The same for a μ that is not negative, in units of its own.
  ///
  /// Throws when `delta` is not strictly between 0 and 1, or `mu` is so large that ε is no number.
  public static func epsilon(mu: Double, delta: Double) throws(PrivacyParameterError) -> Double {
    guard delta > 0, delta < 1 else { throw .deltaOutOfRange(delta) }
    // ε is about μ²/2: beyond this it, or what it is computed by, overflows.
    guard mu <= 1e150 else { throw .unboundedLoss }
    return outwardEpsilon(mu: mu, delta: delta)
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
      if outwardEpsilon(mu: mu(units: middle), delta: delta) <= epsilon {
        fits = middle
      } else {
        exceeds = middle
      }
    }
    return PrivacyCost(units: fits)
  }

  private static func mu(units: UInt64) -> Double {
    (Double(units) * 0x1p-40).squareRoot()
  }

  /// Solves δ(ε) = `delta` for ε, widened by more than the solver's own rounding.
  private static func outwardEpsilon(mu: Double, delta: Double) -> Double {
    guard mu > 0 else { return 0 }
    let profile = GaussianProfile(mu: mu)
    let logDelta = log(delta) - margin
    guard profile.logDelta(at: 0) > logDelta, erf(mu * 0.125.squareRoot()) * (1 + 0x1p-50) > delta else { return 0 }
    return (profile.rootNearZero(of: delta) ?? profile.root(of: logDelta)) * mu * (1 + 0x1p-44)
  }
}
