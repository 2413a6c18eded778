import Foundation

/// Tail probabilities, to 1e-10 relative: p-values are compared with levels down to 1e-12 and below.
enum Tail {
  /// P(X ≥ k) of a binomial variable: `n` trials that succeed with probability `p`.
  static func binomial(_ k: Int, of n: Int, _ p: Double) -> Double {
    if k <= 0 { return 1 }
    if k > n || p <= 0 { return 0 }
    if p >= 1 { return 1 }
    return beta(p, 1 - p, Double(k), Double(n - k + 1))
  }

  /// P(|T| ≥ t) of Student's distribution with `degrees` of freedom.
  static func student(_ t: Double, degrees: Double) -> Double {
    let square = t * t
    guard square > 0, degrees > 0 else { return 1 }
    let sum = degrees + square
    return beta(degrees / sum, square / sum, degrees / 2, 0.5)
  }

  /// P(X ≥ x) of χ² with `degrees` of freedom.
  static func chiSquared(_ x: Double, degrees: Double) -> Double {
    guard x > 0, degrees > 0 else { return 1 }
    let a = degrees / 2
    let x = x / 2
    return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x)
  }

  /// P(X < x) of the same, where that is the small one.
  static func chiSquaredBelow(_ x: Double, degrees: Double) -> Double {
    guard x > 0, degrees > 0 else { return 0 }
    let a = degrees / 2
    let x = x / 2
    return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x)
  }

  /// P(D ≥ steps / n) of the two-sample Kolmogorov–Smirnov statistic of two samples of `n` each, exact without ties
  /// (Gnedenko and Korolyuk 1951). Ties only make large values rarer.
  static func kolmogorov(steps: Int, of n: Int) -> Double {
    guard steps > 0, n > 0 else { return 1 }
    // Below this the alternating sum is 1 to more digits than a double has.
    guard Double(steps) >= 0.2 * Double(2 * n).squareRoot() else { return 1 }
    var sum = 0.0
    var sign = 2.0
    for shift in stride(from: steps, through: n, by: steps) {
      let term = ratio(n, shift)
      sum += sign * term
      sign = -sign
      if term < 1e-18 * sum { break }
    }
    return min(max(sum, 0), 1)
  }

  /// An upper bound of P(n·D ≥ nats) for the relative entropy D (in nats) of the observed to the true distribution of a
  /// multinomial variable with `degrees` + 1 cells, or summed over several; holds for every n (Agrawal 2020, theorem 1.2).
  static func relativeEntropy(_ nats: Double, degrees: Double) -> Double {
    guard degrees > 0 else { return nats > 0 ? 0 : 1 }
    guard nats > degrees else { return 1 }
    return exp(degrees * (1 + log(nats / degrees)) - nats)
  }

  /// C(2n, n + shift) / C(2n, n).
  private static func ratio(_ n: Int, _ shift: Int) -> Double {
    var logarithm = 0.0
    for step in 1...shift {
      logarithm += log1p(-Double(shift) / Double(n + step))
      if logarithm < -745 { return 0 }
    }
    return exp(logarithm)
  }

  // MARK: Incomplete beta and gamma functions

  /// The regularised incomplete beta function I_x(a, b), y = 1 − x.
  static func beta(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard y > 0 else { return 1 }
    let front = a * b / (a + b) * Density.binomial(a, of: a + b, p: x, q: y)
    if x < (a + 1) / (a + b + 2) { return front / a * betaFraction(x, a, b) }
    return 1 - front / b * betaFraction(y, b, a)
  }

  /// The continued fraction of DLMF 8.17.22, by Lentz's method.
  private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    var lentz = Lentz(first: 1, second: -(a + b) * x / (a + 1))
    for m in stride(from: 1.0, to: 1e6, by: 1) {
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      lentz.advance(even, 1)
      if lentz.advance(odd, 1) { break }
    }
    return lentz.value
  }

  /// P(a, x), the lower regularised incomplete gamma function.
  private static func gammaSeries(_ a: Double, _ x: Double) -> Double {
    var sum = 1.0
    var term = 1.0
    for n in stride(from: 1.0, to: 1e6, by: 1) {
      term *= x / (a + n)
      sum += term
      if term < sum * 1e-17 { break }
    }
    return Density.poisson(a, mean: x) * sum
  }

  /// Q(a, x), the upper one, by DLMF 8.9.2.
  private static func gammaFraction(_ a: Double, _ x: Double) -> Double {
    var c = 1 / 1e-300
    var d = 1 / (x + 1 - a)
    var value = d
    for n in stride(from: 1.0, to: 1e6, by: 1) {
      let factor = -n * (n - a)
      let base = x + 2 * n + 1 - a
      d = 1 / nonzero(base + factor * d)
      c = nonzero(base + factor / c)
      value *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return Density.poisson(a, mean: x) * a * value
  }

  fileprivate static func nonzero(_ value: Double) -> Double {
    abs(value) < 1e-300 ? 1e-300 : value
  }

  /// A continued fraction 1/(1 + …) of partial numerators over 1.
  private struct Lentz {
    private(set) var value: Double
    private var c = 1.0
    private var d: Double

    init(first: Double, second: Double) {
      d = 1 / nonzero(first + second)
      value = d
    }

    /// - Returns: whether the value has settled.
    @discardableResult
    mutating func advance(_ numerator: Double, _ denominator: Double) -> Bool {
      d = 1 / nonzero(denominator + numerator * d)
      c = nonzero(denominator + numerator / c)
      value *= d * c
      return abs(d * c - 1) < 1e-15
    }
  }
}
