/// A history of Gaussian mechanisms with real parameters, and what it comes to: μ² = Σ count · (sensitivity / σ)².
///
/// Gaussian differential privacy composes so exactly (Dong, Roth and Su 2022, corollary 3.3), whatever the order and however
/// different the releases. The ledger's own sums are whole numbers (``PrivacyCost``); this one is for histories kept by
/// others, whose costs may be far below the ledger's unit.
public struct GaussianHistory: Sendable {
  private var sum = DoubleDouble(0)
  private var terms = 0.0

  /// The least μ that a release is taken to have. Below it, and for sensitivities as small, quotients are rounded up.
  static let least = 0x1p-450

  /// Of nothing.
  public init() {}

  /// Adds `count` releases.
  /// - Parameters:
  ///   - sensitivity: L2 sensitivity, finite and not negative.
  ///   - sigma: standard deviation of the noise in the same unit, finite and above 0.
  /// - Throws: `PrivacyParameterError` when a number is out of range, or the loss is too large for a number.
  public mutating func add(sensitivity: Double, sigma: Double, count: UInt64) throws(PrivacyParameterError) {
    guard sensitivity >= 0, sensitivity.isFinite else { throw .sensitivityOutOfRange(sensitivity) }
    guard sigma > 0, sigma.isFinite else { throw .sigmaOutOfRange(sigma) }
    guard sensitivity > 0, count > 0 else { return }
    let mu = Self.quotient(sensitivity, sigma)
    guard (sum.high + mu.high * mu.high * Double(count)).isFinite else { throw .unboundedLoss }
    sum = sum + mu * mu * DoubleDouble(count)
    terms += 1
  }

  /// Where what is left of the division would be subnormal, a double that is not below the truth.
  private static func quotient(_ sensitivity: Double, _ sigma: Double) -> DoubleDouble {
    guard sensitivity > 0x1p-900, sensitivity / sigma > least else {
      return DoubleDouble(max(sensitivity / sigma * (1 + 0x1p-51), least))
    }
    return DoubleDouble(sensitivity) / sigma
  }

  /// √Σμ², rounded up by more than each term and each addition may lose.
  private var root: DoubleDouble? {
    sum.high > 0 ? (sum * DoubleDouble(1, (terms + 8) * 0x1p-101)).squareRoot() : nil
  }

  /// √Σμ², rounded up.
  public var mu: Double { root?.roundedUp ?? 0 }

  /// ε at `delta`, rounded outward.
  /// - Throws: `PrivacyParameterError.deltaOutOfRange`.
  public func epsilon(delta: Double) throws(PrivacyParameterError) -> Double {
    try GaussianAccountant.epsilon(root: root, delta: delta)
  }
}
