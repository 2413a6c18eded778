/// A history of Gaussian mechanisms with real parameters, and what it comes to: μ² = Σ count · (sensitivity / σ)².
///
/// Gaussian differential privacy composes so exactly (Dong, Roth and Su 2022, corollary 3.3), whatever the order and however
/// different the releases. The ledger's own sums are whole numbers (``PrivacyCost``); this one is for histories kept by
/// others, whose costs may be far below the ledger's unit.
public struct GaussianHistory: Sendable {
  /// The sum and, in the manner of Neumaier, what rounding has left out of it.
  private var sum = 0.0
  private var rest = 0.0

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
    let mu = sensitivity / sigma
    // A quotient that underflows is rounded up to the least that can be said.
    let square = sensitivity > 0 ? max(mu * mu, .leastNonzeroMagnitude) : 0
    let added = square * Double(count)
    guard added.isFinite, (sum + added).isFinite else { throw .unboundedLoss }
    let total = sum + added
    rest += sum >= added ? (sum - total) + added : (added - total) + sum
    sum = total
  }

  /// √Σμ², rounded up: four roundings a term, one for the sum, and some to spare.
  public var mu: Double {
    let square = sum + rest
    return square == 0 ? 0 : max(square.squareRoot() * (1 + 0x1p-50), .leastNonzeroMagnitude)
  }

  /// ε at `delta`, rounded outward.
  /// - Throws: `PrivacyParameterError.deltaOutOfRange`.
  public func epsilon(delta: Double) throws(PrivacyParameterError) -> Double {
    try GaussianAccountant.epsilon(mu: mu, delta: delta)
  }
}
