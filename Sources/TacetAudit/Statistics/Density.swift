import Foundation

/// Densities of the binomial and Poisson distributions for real arguments, without the cancellation that logarithms of
/// large factorials bring (Loader, "Fast and accurate computation of binomial probabilities", 2000).
enum Density {
  /// x^a e^(−x) / Γ(a + 1), for a and x above 0.
  static func poisson(_ a: Double, mean x: Double) -> Double {
    exp(-stirlingError(a) - deviance(a, x)) / (2 * Double.pi * a).squareRoot()
  }

  /// Γ(n + 1) / (Γ(x + 1) Γ(n − x + 1)) p^x q^(n − x), for 0 < x < n and p + q = 1, both above 0.
  static func binomial(_ x: Double, of n: Double, p: Double, q: Double) -> Double {
    let rest = n - x
    let exponent =
      stirlingError(n) - stirlingError(x) - stirlingError(rest) - deviance(x, n * p) - deviance(rest, n * q)
    return exp(exponent) * (n / (2 * Double.pi * x * rest)).squareRoot()
  }

  /// ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π.
  private static func stirlingError(_ x: Double) -> Double {
    guard x > 15 else { return lgamma(x + 1) - (x + 0.5) * log(x) + x - 0.918_938_533_204_672_8 }
    let square = x * x
    let tail = (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square
    return (1.0 / 12 - (1.0 / 360 - tail) / square) / x
  }

  /// x ln(x/m) + m − x, accurate where x is near m.
  private static func deviance(_ x: Double, _ m: Double) -> Double {
    guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
    let v = (x - m) / (x + m)
    var sum = (x - m) * v
    var term = 2 * x * v
    for odd in stride(from: 3.0, to: 2000, by: 2) {
      term *= v * v
      let next = sum + term / odd
      if next == sum { break }
      sum = next
    }
    return sum
  }
}
