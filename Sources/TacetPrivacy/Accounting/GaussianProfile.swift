import Foundation

/// ln δ of the Gaussian mechanism with parameter μ, as a function of w = ε/μ, stable in the tails.
///
/// With u = w − μ/2 and v = w + μ/2, e^ε φ(v) = φ(u), hence
/// δ = Φ(−u) − e^ε Φ(−v) = φ(u) · (M(u) − M(v)), where M = Φ(−x)/φ(x) is Mills' ratio: no e^ε, no underflow.
struct GaussianProfile {
  let mu: Double

  /// ½ ln 2π.
  private static let logNormaliser = 0.918_938_533_204_672_7

  /// ln δ at ε = μ · `w`.
  func logDelta(at w: Double) -> Double {
    evaluate(at: w).logDelta
  }

  /// ln δ and its derivative d ln δ / dw = −μ M(v) / (M(u) − M(v)).
  private func evaluate(at w: Double) -> (logDelta: Double, slope: Double) {
    let u = w - mu / 2
    guard u > -20 else {
      // φ(u) underflows towards −38; here Φ(−u) is 1 to the last bit, and φ(u) M(v) is at most φ(u)/2: flat.
      return (0, 0)
    }
    let gap = gap(from: u)
    return (-u * u / 2 - Self.logNormaliser + log(gap), -mu * MillsRatio.value(at: u + mu) / gap)
  }

  /// The w > 0 with ln δ(w) = `target`, given ln δ(0) > `target`: Newton's method held inside a bracket.
  func root(of target: Double) -> Double {
    var low = 0.0
    // Φ(−u) ≥ δ, and Φ(−u) ≤ exp(−u²/2): w cannot be larger than this.
    var high = mu / 2 + (-2 * target).squareRoot() + 1
    var w = min(high, max(mu / 2, 0.5 * (low + high)))
    for _ in 0..<200 {
      let (logDelta, slope) = evaluate(at: w)
      let excess = logDelta - target
      if excess > 0 { low = w } else { high = w }
      let step = w - excess / slope
      let next = step >= low && step <= high ? step : 0.5 * (low + high)
      if abs(next - w) <= 0x1p-48 * w { return next }
      w = next
    }
    return high
  }

  /// δ(0) = 2Φ(μ/2) − 1, rounded up.
  ///
  /// For small μ by its series μ/√(2π) · Σ (−x)ⁿ/(n! (2n+1)), x = μ²/8, in twice a double's digits.
  static func deltaAtZero(mu: DoubleDouble) -> DoubleDouble {
    guard mu.high < 0.125 else { return DoubleDouble(erf(mu.high * 0.125.squareRoot()) * (1 + 0x1p-50)) }
    let x = mu * mu / -8
    var (power, sum) = (DoubleDouble(1), DoubleDouble(1))
    // x < 2⁻⁹: what is left out is below 2⁻¹²⁰.
    for n in 1...9 {
      power = power * x / Double(n)
      sum = sum + power / Double(2 * n + 1)
    }
    return mu * inverseRootOfTwoPi * sum * DoubleDouble(1, 0x1p-90)
  }

  /// 1/√(2π).
  private static let inverseRootOfTwoPi = DoubleDouble(0x1.9884533d43651p-2, -0x1.cbc0d30ebfd15p-56)

  /// The w with δ(w) = `delta`, for a `delta` just below δ(0), rounded outward; nil where it is not that close. `fall` is
  /// δ(0) − δ, rounded up.
  ///
  /// dδ/dε = −e^ε Φ(−μ/2 − ε/μ), so that δ(0) − δ(w) = μ ∫ e^(μs) Φ(−μ/2 − s) ds from 0 to w: the small difference is computed
  /// once, and not at each step.
  func rootNearZero(fall: Double, delta: Double) -> Double? {
    // Up to μ = 1 the integrand falls, so that steps along the tangent come from below and end there.
    guard mu <= 1, fall <= 0.02 * delta else { return nil }
    var w = 0.0
    for _ in 0..<60 {
      let step = (fall - descent(to: w)) / (mu * density(at: w))
      guard step > w * 0x1p-50 else { break }
      w += step
    }
    return w * (1 + 0x1p-44)
  }

  /// δ(0) − δ(w).
  private func descent(to w: Double) -> Double {
    var sum = 0.0
    for (node, weight) in Self.quadrature {
      sum += weight * (density(at: w / 2 * (1 + node)) + density(at: w / 2 * (1 - node)))
    }
    return mu * sum * w / 2
  }

  /// e^(μs) Φ(−μ/2 − s).
  private func density(at s: Double) -> Double {
    exp(mu * s) * erfc((mu / 2 + s) * 0.5.squareRoot()) / 2
  }

  /// M(u) − M(u + μ), without cancellation where μ is small: ∫ (1 − x M(x)) dx, since M′ = x M − 1.
  private func gap(from u: Double) -> Double {
    guard mu < 0.5 else { return MillsRatio.value(at: u) - MillsRatio.value(at: u + mu) }
    var sum = 0.0
    for (node, weight) in Self.quadrature {
      sum += weight * MillsRatio.descent(at: u + mu / 2 + mu / 2 * node)
      sum += weight * MillsRatio.descent(at: u + mu / 2 - mu / 2 * node)
    }
    return sum * mu / 2
  }

  /// Gauss and Legendre's ten nodes on [−1, 1], the positive half (Abramowitz and Stegun, table 25.4).
  private static let quadrature: [(node: Double, weight: Double)] = [
    (0.148_874_338_981_631_21, 0.295_524_224_714_752_87),
    (0.433_395_394_129_247_19, 0.269_266_719_309_996_36),
    (0.679_409_568_299_024_41, 0.219_086_362_515_982_04),
    (0.865_063_366_688_984_51, 0.149_451_349_150_580_59),
    (0.973_906_528_517_171_72, 0.066_671_344_308_688_138),
  ]
}
