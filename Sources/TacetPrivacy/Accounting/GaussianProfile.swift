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
    let u = w - mu / 2
    guard u > -20 else {
      // φ(u) underflows towards −38; here Φ(−u) is 1 to the last bit, and φ(u) M(v) is at most φ(u)/2.
      return 0
    }
    return -u * u / 2 - Self.logNormaliser + log(gap(from: u))
  }

  /// d ln δ / dw = −μ M(v) / (M(u) − M(v)).
  func slope(at w: Double) -> Double {
    -mu * MillsRatio.value(at: w + mu / 2) / gap(from: w - mu / 2)
  }

  /// The w > 0 with ln δ(w) = `target`, given ln δ(0) > `target`: Newton's method held inside a bracket.
  func root(of target: Double) -> Double {
    var low = 0.0
    // Φ(−u) ≥ δ, and Φ(−u) ≤ exp(−u²/2): w cannot be larger than this.
    var high = mu / 2 + (-2 * target).squareRoot() + 1
    var w = min(high, max(mu / 2, 0.5 * (low + high)))
    for _ in 0..<200 {
      let excess = logDelta(at: w) - target
      if excess > 0 { low = w } else { high = w }
      let step = w - excess / slope(at: w)
      let next = step > low && step < high ? step : 0.5 * (low + high)
      if abs(next - w) <= 0x1p-51 * w { return next }
      w = next
    }
    return high
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
