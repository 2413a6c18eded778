import Foundation

/// The noncentral F distribution: that of Hotelling's T² where the means of two normal samples do differ.
struct NoncentralF {
  /// The degrees of freedom of the numerator and of the denominator, both above 0.
  let numerator: Double
  let denominator: Double

  /// P(F ≥ f) where the noncentrality is λ ≥ 0, to 1e-9 relative down to 1e-30. It takes time that grows with √λ.
  ///
  /// Σ_j Poisson(j; λ/2) · P(B_j ≥ x), B_j of the beta distribution with parameters p/2 + j and q/2, x = p·f/(p·f + q)
  /// (Johnson, Kotz and Balakrishnan, *Continuous Univariate Distributions* 2, 1995, 30.10). From one j to the next
  /// such a tail only grows, by a term that has a recurrence: nothing cancels. Poisson's tails beyond 14 deviations,
  /// below e^−98, are left out.
  func tail(_ f: Double, noncentrality: Double) -> Double {
    guard f > 0 else { return 1 }
    let half = max(0, noncentrality) / 2
    let reach = 14 * half.squareRoot()
    let first = max(0, (half - reach).rounded(.down))
    let (x, y) = shares(f)
    var (a, b) = (numerator / 2 + first, denominator / 2)
    var weight = first > 0 ? Density.poisson(first, mean: half) : exp(-half)
    var tail = Tail.beta(y, x, b, a)
    var term = b / (a + b) * Density.binomial(a, of: a + b, p: x, q: y)
    var sum = weight * tail
    for next in stride(from: first + 1, through: half + reach + 100, by: 1) {
      tail += term
      term *= x * (a + b) / (a + 1)
      a += 1
      weight *= half / next
      sum += weight * tail
      if weight == 0 { break }
    }
    return min(sum, 1)
  }

  /// The largest λ for which P(F ≥ f) is at most the level, or 0 where there is none: a lower confidence bound of λ.
  func least(_ f: Double, level: Double) -> Double {
    // Where even λ = 0 is above the level, a search would end next to 0.
    if tail(f, noncentrality: 0) > level { return 0 }
    return Quantile.real(0, ceiling(f)) { tail(f, noncentrality: $0) > level }.nextDown
  }

  /// The least λ for which P(F < f) is at most the level: an upper confidence bound of λ.
  func most(_ f: Double, level: Double) -> Double {
    if tail(f, noncentrality: 0) >= 1 - level { return 0 }
    return Quantile.real(0, ceiling(f)) { tail(f, noncentrality: $0) >= 1 - level }
  }

  /// The smallest f with P(F ≥ f) ≤ level.
  func quantile(_ level: Double, noncentrality: Double) -> Double {
    var high = 1 + noncentrality / numerator
    while tail(high, noncentrality: noncentrality) > level, high < 1e300 { high *= 2 }
    return Quantile.real(0, high) { tail($0, noncentrality: noncentrality) <= level }
  }

  /// Above every λ that is to be told from one that explains f, from 100 degrees of freedom in the denominator on:
  /// p·f/λ then has a deviation below 0.15, and that of p·f around λ + p.
  private func ceiling(_ f: Double) -> Double { 3 * numerator * f + 20 * numerator + 1000 }

  private func shares(_ f: Double) -> (x: Double, y: Double) {
    let sum = numerator * f + denominator
    return (numerator * f / sum, denominator / sum)
  }
}
