import Foundation
import Testing

@testable import TacetPrivacy

/// What the noise tables add to δ.
@Suite struct ImplementationSlackTests {
  private func slack(
    _ dimension: UInt64, radius: Int = 32, scale: Int = 64, _ precision: NoisePrecision
  ) throws -> ImplementationSlack {
    ImplementationSlack(
      of: try ReleaseParameters(radius: radius, scale: scale), dimension: dimension, precision: precision)
  }

  @Test("(1 + e^ε) n S 2^-62 for 64-bit words, 2^-126 for 128-bit ones", arguments: [0.0, 1, 8, 30])
  func generalBound(epsilon: Double) throws {
    let factor = 1 + exp(epsilon)
    #expect(abs(try slack(1000, .narrow).delta(at: epsilon) / (factor * 64_000 * 0x1p-62) - 1) < 1e-9)
    #expect(abs(try slack(1000, .wide).delta(at: epsilon) / (64_000 * (factor * 0x1p-126 + 0x1p-110)) - 1) < 1e-9)
    #expect(try slack(1000, .narrow).delta(at: epsilon) > factor * 64_000 * 0x1p-62)
    #expect(ImplementationSlack.none.delta(at: epsilon) == 0)
  }

  /// Every table is within the bound that its weight claims.
  @Test(arguments: NoisePrecision.allCases)
  func weightsCoverTheTables(precision: NoisePrecision) throws {
    for scale in ReleaseParameters.supportedScales + [65, 500, 2048] {
      let distance = try GaussianSampler(scale: scale, precision: precision).tables
        .reduce(0) { $0 + $1.statisticalDistance }
      let weight = try Double(slack(1, scale: scale, precision).narrow + slack(1, scale: scale, precision).wide)
      #expect(distance <= weight * (precision == .narrow ? 0x1p-62 : 0x1p-126))
      #expect(distance > weight * (precision == .narrow ? 0x1p-65 : 0x1p-129))
    }
  }

  @Test("Where e^ε says nothing, wide tables of one draw are bounded by their tails: n · 2Φ(−(10 − μ)) + n S 2^-48")
  func relativeBound() throws {
    // μ = 1, n = 17 280 (540 releases of 32): 2Φ(−9) = 2.257e-19.
    let bound = 17_280 * 2.2571768e-19 + 17_280 * 64 * 0x1p-48
    let delta = try slack(17_280, .wide).delta(at: 380)
    #expect(delta >= bound && delta < bound * 1.001)
    #expect(delta < 1e-8)
    // One narrow release, two draws, or μ ≥ 10 leave nothing to say at such an ε.
    #expect(try (slack(17_280, .wide) + slack(1, .narrow)).delta(at: 380) == 1)
    #expect(try slack(1, scale: 100, .wide).delta(at: 380) == 1)
    #expect(try slack(1, radius: 321, .wide).delta(at: 380) == 1)
  }

  @Test("Sums saturate, and a saturated sum bounds nothing")
  func saturates() throws {
    let large = try slack(UInt64.max, .wide)
    #expect(large.wide == .max && large.tail == .max)
    #expect(large.delta(at: 1) == 1)
    #expect((large + large).wide == .max)
    #expect(try slack(UInt64.max, .narrow).delta(at: 0) == 1)
  }

  @Test(
    "The narrow share is at most 1 % of δ, and within a unit of it", arguments: [0.1, 1, 8, 20], [1e-3, 1e-6, 1e-12])
  func narrowLimit(epsilon: Double, delta: Double) {
    let limit = ImplementationSlack.narrowLimit(epsilon: epsilon, delta: delta)
    let unit = (1 + exp(epsilon)) * 0x1p-62
    #expect(Double(limit) * unit <= 0.01 * delta)
    #expect(Double(limit) * (1 + 0x1p-30) * unit + 2 * unit >= 0.01 * delta)
    #expect(ImplementationSlack.narrowLimit(epsilon: 800, delta: delta) == 0)
  }
}
