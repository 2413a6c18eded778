import Foundation
import TacetPrivacy
import Testing

/// Seeded keystreams: each outcome is fixed. The false-alarm figures say what the bound would be for a fresh seed.
@Suite struct GaussianSamplerTests {
  static let count = 400_000
  /// ln of 1 / (4 scales · 1e-9 … rounded up): each statistical bound below fails a true sampler once in 1e10.
  static let rarity = 23.1

  static func histogram(_ scale: Int) throws -> [Int16: Int] {
    var keystream = try CounterKeystream.seeded(UInt8(scale))
    let samples = try GaussianSampler(scale: scale).sample(count: count, from: &keystream)
    return samples.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// P(Z = j) = Φ((j+½)/S) − Φ((j−½)/S), from the C library's erf: not from the table.
  static func mass(_ j: Int, _ scale: Int) -> Double {
    let unit = Double(scale) * 2.0.squareRoot()
    return (erf((Double(j) + 0.5) / unit) - erf((Double(j) - 0.5) / unit)) / 2
  }

  @Test("χ² against exact bin masses, n = 400 000, false alarm 1e-10", arguments: ReleaseParameters.supportedScales)
  func binMasses(scale: Int) throws {
    let histogram = try Self.histogram(scale)
    let n = Double(Self.count)
    var (statistic, bins, mass, seen) = (0.0, 0.0, 0.0, 0.0)
    let top = histogram.keys.map { abs(Int($0)) }.max() ?? 0
    var rest = (mass: 1.0, seen: n)
    for j in -top...top {
      mass += Self.mass(j, scale)
      seen += Double(histogram[Int16(j)] ?? 0)
      // Cells of at least 100 expected, so that χ² holds far out; what is left over makes the last one.
      guard n * mass >= 100, n * (rest.mass - mass) >= 100 else { continue }
      statistic += (seen - n * mass) * (seen - n * mass) / (n * mass)
      rest = (rest.mass - mass, rest.seen - seen)
      (bins, mass, seen) = (bins + 1, 0, 0)
    }
    statistic += (rest.seen - n * rest.mass) * (rest.seen - n * rest.mass) / (n * rest.mass)
    // Laurent and Massart 2000, lemma 1: P(χ²_d > d + 2√(dx) + 2x) ≤ e^−x; and the same below.
    #expect(bins > Double(4 * scale))
    #expect(statistic < bins + 2 * (bins * Self.rarity).squareRoot() + 2 * Self.rarity)
    #expect(statistic > bins - 2 * (bins * Self.rarity).squareRoot())
  }

  @Test("Mean 0, variance S² + 1/12, n = 400 000, 6.5 standard errors: false alarm 1e-10", arguments: [8, 16, 32, 64])
  func moments(scale: Int) throws {
    let histogram = try Self.histogram(scale)
    let n = Double(Self.count)
    let variance = Double(scale * scale) + 1.0 / 12
    let mean = histogram.reduce(0) { $0 + Double($1.key) * Double($1.value) } / n
    let square = histogram.reduce(0) { $0 + Double($1.key) * Double($1.key) * Double($1.value) } / n
    #expect(abs(mean) < 6.5 * (variance / n).squareRoot())
    #expect(abs(square - variance) < 6.5 * variance * (2 / n).squareRoot())
  }

  @Test("The variance of the table itself is S² + 1/12 to 1e-12", arguments: ReleaseParameters.supportedScales)
  func exactVariance(scale: Int) throws {
    let thresholds = try NoiseTable(scale: scale).thresholds
    #expect(zip(thresholds, thresholds.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(thresholds.allSatisfy { $0 < 1 << 63 })
    // Σ j² p_j = Σ (2j + 1) P(|Z| > j).
    let variance = thresholds.enumerated().reversed().reduce(0.0) { sum, item in
      sum + Double(2 * item.offset + 1) * Double((1 << 63) - item.element) * 0x1p-63
    }
    #expect(abs(variance / (Double(scale * scale) + 1.0 / 12) - 1) < 1e-12)
  }

  @Test(
    "Tails: as many beyond 3S and 4S as the Gaussian has, each side; Bernstein, false alarm 1e-10", arguments: [8, 64])
  func tails(scale: Int) throws {
    let histogram = try Self.histogram(scale)
    for multiple in [3, 4] {
      let edge = multiple * scale
      let expected = Double(Self.count) * erfc((Double(edge) - 0.5) / (Double(scale) * 2.0.squareRoot())) / 2
      let allowed = (2 * expected * Self.rarity).squareRoot() + Self.rarity
      for side in [-1, 1] {
        let seen = histogram.reduce(0) { $0 + (Int($1.key) * side >= edge ? $1.value : 0) }
        #expect(abs(Double(seen) - expected) < allowed)
      }
    }
  }

  @Test("The stated distance is above zero, below 2^-56, and the table reaches 9 standard deviations")
  func distance() throws {
    for scale in ReleaseParameters.supportedScales {
      let table = try NoiseTable(scale: scale)
      #expect(table.statisticalDistance > 0x1p-61 && table.statisticalDistance < 0x1p-56)
      #expect(table.largestMagnitude >= 9 * scale)
      #expect(table.scale == scale)
    }
    #expect(throws: PrivacyParameterError.unsupportedScale(9)) { try NoiseTable(scale: 9) }
    #expect(throws: PrivacyParameterError.unsupportedScale(-8)) { try NoiseTable(scale: -8) }
  }

  @Test("Chunks of keystream join without repeating or skipping")
  func chunks() throws {
    let sampler = try GaussianSampler(scale: 16)
    var keystream = try CounterKeystream.seeded(1)
    var again = try CounterKeystream.seeded(1)
    #expect(try sampler.sample(count: 10_000, from: &keystream) == sampler.samples(of: try again.words(10_000)))
    #expect(try sampler.sample(count: 0).isEmpty)
  }
}
