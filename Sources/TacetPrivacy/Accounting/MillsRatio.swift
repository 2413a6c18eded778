import Foundation

/// Mills' ratio of the normal distribution, M(x) = (1 − Φ(x)) / φ(x), for x > −38.
enum MillsRatio {
  /// M(x), to about 1e-15 relative.
  static func value(at x: Double) -> Double {
    // √(π/2) exp(x²/2) erfc(x/√2) while the exponential costs no digits, then Laplace's continued fraction.
    x < 4 ? 1.253_314_137_315_500_3 * exp(x * x / 2) * erfc(x * 0.5.squareRoot()) : 1 / (x + remainder(x))
  }

  /// −M′(x) = 1 − x M(x), without cancellation for large x.
  static func descent(at x: Double) -> Double {
    guard x >= 4 else { return 1 - x * value(at: x) }
    let rest = remainder(x)
    return rest / (x + rest)
  }

  /// 1/(x + 2/(x + 3/(x + …))): the tail of M(x) = 1/(x + …), for x ≥ 4. n levels leave some exp(−2x√(2n)): these, 1e-32.
  private static func remainder(_ x: Double) -> Double {
    var tail = 0.0
    for level in stride(from: (20 + 400 / (x * x)).rounded(), to: 0, by: -1) { tail = level / (x + tail) }
    return tail
  }
}
