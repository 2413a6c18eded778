/// How well the best observer tells two worlds apart that have the same normal noise: by μ = √(dᵀ Σ⁻¹ d), d the
/// difference of their means and Σ the covariance of the noise, which is what Gaussian differential privacy bounds.
///
/// Both are estimated, and Hotelling's T² = n/2 · d̂ᵀ Σ̂⁻¹ d̂ of n trials each has, times (2n − p − 1) / (p(2n − 2)),
/// the noncentral F distribution with p and 2n − p − 1 degrees of freedom and λ = n·μ²/2 (Anderson, *An Introduction to
/// Multivariate Statistical Analysis*, 2003, theorem 5.2.2 for two samples): exact for normal noise, whatever its
/// covariance. That of rounded noise is as close to it as means of n numbers are to normal ones, and its μ is below
/// that of the noise before rounding.
struct SeparationTest {
  /// n, in each world.
  let trials: Int
  private let numbers: Int
  private let distribution: NoncentralF

  /// - Parameters:
  ///   - numbers: p, how many numbers a trial releases.
  /// - Returns: nil where there are fewer than 50 trials more than numbers: too few to say anything of Σ.
  init?(numbers: Int, trials: Int) {
    guard trials >= numbers + 50 else { return nil }
    (self.numbers, self.trials) = (numbers, trials)
    distribution = NoncentralF(numerator: Double(numbers), denominator: Double(2 * trials - numbers - 1))
  }

  /// F, from the estimate dᵀ Σ⁻¹ d.
  func statistic(_ squaredDistance: Double) -> Double {
    let hotelling = Double(trials) / 2 * squaredDistance
    return hotelling * distribution.denominator / (distribution.numerator * Double(2 * trials - 2))
  }

  /// μ², estimated without bias, or 0 where that is negative; its root.
  func estimate(_ f: Double) -> Double {
    let share = (distribution.denominator - 2) / distribution.denominator
    return mu(max(0, distribution.numerator * (f * share - 1)))
  }

  /// P(so far apart or farther) where the worlds are `claim` apart.
  func pValue(_ f: Double, claim: Double) -> Double { distribution.tail(f, noncentrality: noncentrality(claim)) }

  /// What μ is not below, but for a probability of `level`. Beyond `largest` it is that of what is there.
  func lowerBound(_ f: Double, level: Double) -> Double { mu(distribution.least(min(f, largest), level: level)) }

  /// The two-sided interval of that confidence; nil beyond `largest`.
  func interval(_ f: Double, confidence: Double) -> (low: Double, high: Double)? {
    guard f < largest else { return nil }
    let level = (1 - confidence) / 2
    return (mu(distribution.least(f, level: level)), mu(distribution.most(f, level: level)))
  }

  /// The μ whose lower bound is above the claim with the probability `power`.
  func detectable(claim: Double, level: Double, power: Double) -> Double {
    let limit = distribution.quantile(level, noncentrality: noncentrality(claim))
    let start = noncentrality(claim)
    var high = start + 100
    while distribution.tail(limit, noncentrality: high) < power, high < 1e300 { high *= 2 }
    return mu(Quantile.real(start, high) { distribution.tail(limit, noncentrality: $0) >= power })
  }

  /// Where p·F is 10^9 the worlds are apart beyond all doubt, and bounds begin to take seconds.
  private var largest: Double { 1e9 / distribution.numerator }

  private func noncentrality(_ mu: Double) -> Double { Double(trials) / 2 * mu * mu }

  private func mu(_ noncentrality: Double) -> Double { (noncentrality * 2 / Double(trials)).squareRoot() }
}
