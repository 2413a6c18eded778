import Foundation
import TacetPrivacy
import Testing

/// Seeded keystreams: each outcome is fixed. The false-alarm figures say what the bound would be for a fresh seed.
@Suite struct GaussianSamplerTests {
  static let count = 400_000
  /// ln 1e10, rounded up: each statistical bound below fails a true sampler at most once in 1e10.
  static let rarity = 23.1

  static func histogram(_ scale: Int, _ precision: NoisePrecision = .narrow) throws -> [Int16: Int] {
    var keystream = try CounterKeystream.seeded(UInt8(scale))
    let samples = try GaussianSampler(scale: scale, precision: precision).sample(count: count, from: &keystream)
    return samples.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// P(Z = j) = Φ((j+½)/S) − Φ((j−½)/S), from the C library's erf: not from the table.
  static func mass(_ j: Int, _ scale: Int) -> Double {
    let unit = Double(scale) * 2.0.squareRoot()
    return (erf((Double(j) + 0.5) / unit) - erf((Double(j) - 0.5) / unit)) / 2
  }

  @Test(
    "χ² against exact bin masses, n = 400 000, false alarm 2e-10", arguments: ReleaseParameters.supportedScales,
    NoisePrecision.allCases)
  func binMasses(scale: Int, precision: NoisePrecision) throws {
    let histogram = try Self.histogram(scale, precision)
    let top = histogram.keys.map { abs(Int($0)) }.max() ?? 0
    Self.expectFit(cells: (-top...top).map { ($0, histogram[Int16($0)] ?? 0) }, count: Self.count) {
      Self.mass($0, scale)
    }
  }

  /// χ² of `cells` (values in order, and how often each was seen among `count` samples) against `mass`. False alarm
  /// 1e-10 above and 1e-10 below.
  static func expectFit(cells: [(value: Int, seen: Int)], count: Int, mass: (Int) -> Double) {
    let n = Double(count)
    var (statistic, bins) = (0.0, 0.0)
    var (cell, rest) = ((mass: 0.0, seen: 0.0), (mass: 1.0, seen: n))
    for (value, seen) in cells {
      cell = (cell.mass + mass(value), cell.seen + Double(seen))
      // Cells of at least 100 expected, so that χ² holds far out; what is left over makes the last one.
      guard n * cell.mass >= 100, n * (rest.mass - cell.mass) >= 100 else { continue }
      statistic += (cell.seen - n * cell.mass) * (cell.seen - n * cell.mass) / (n * cell.mass)
      rest = (rest.mass - cell.mass, rest.seen - cell.seen)
      (bins, cell) = (bins + 1, (0, 0))
    }
    statistic += (rest.seen - n * rest.mass) * (rest.seen - n * rest.mass) / (n * rest.mass)
    // Laurent and Massart 2000, lemma 1: P(χ²_d > d + 2√(dx) + 2x) ≤ e^−x; and P(χ²_d < d − 2√(dx)) ≤ e^−x.
    #expect(bins > 30)
    #expect(statistic < bins + 2 * (bins * rarity).squareRoot() + 2 * rarity)
    #expect(statistic > bins - 2 * (bins * rarity).squareRoot())
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

  @Test(
    "The variance of the table itself is S² + 1/12 to 1e-12", arguments: ReleaseParameters.supportedScales,
    NoisePrecision.allCases)
  func exactVariance(scale: Int, precision: NoisePrecision) throws {
    let thresholds = try NoiseTable(scale: scale, precision: precision).thresholds
    let one = UInt128(1) << (precision.rawValue - 1)
    #expect(zip(thresholds, thresholds.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(thresholds.allSatisfy { $0 > 0 && $0 < one })
    // Σ j² p_j = Σ (2j + 1) P(|Z| > j).
    let variance = thresholds.enumerated().reversed().reduce(0.0) { sum, item in
      sum + Double(2 * item.offset + 1) * (Double(one - item.element) / Double(one))
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

  @Test("The stated distance is what the accountant takes it for, and the tables reach 9 and 13 standard deviations")
  func distance() throws {
    for scale in ReleaseParameters.supportedScales {
      let narrow = try NoiseTable(scale: scale)
      #expect(narrow.statisticalDistance > 0x1p-61 && narrow.statisticalDistance <= Double(scale) * 0x1p-62)
      #expect(narrow.largestMagnitude >= 9 * scale)
      let wide = try NoiseTable(scale: scale, precision: .wide)
      #expect(wide.statisticalDistance > 0x1p-125 && wide.statisticalDistance <= Double(scale) * 0x1p-126)
      #expect(wide.largestMagnitude >= 13 * scale && wide.scale == scale)
    }
    #expect(throws: PrivacyParameterError.unsupportedScale(9)) { try NoiseTable(scale: 9) }
    #expect(throws: PrivacyParameterError.unsupportedScale(-8)) { try NoiseTable(scale: -8, precision: .wide) }
  }

  @Test("Wide and narrow tables agree: thresholds to one unit of the narrow, samples of one word to its last bit")
  func precisionsAgree() throws {
    for scale in ReleaseParameters.supportedScales {
      let narrow = try NoiseTable(scale: scale).thresholds
      let wide = try NoiseTable(scale: scale, precision: .wide).thresholds
      #expect(zip(narrow, wide).allSatisfy { ($0 << 64) + (1 << 63) + 1 >= $1 && $1 + (1 << 63) + 1 >= $0 << 64 })
    }
  }

  @Test("Samples are uncorrelated, themselves and in magnitude, at lags 1…64: n = 400 000, false alarm 128 · 3e-12")
  func serialCorrelation() throws {
    var keystream = try CounterKeystream.seeded(64)
    let samples = try GaussianSampler(scale: 8).sample(count: Self.count, from: &keystream)
    for series in [samples.map(Double.init), samples.map { Double($0.magnitude) }] {
      let mean = series.reduce(0, +) / Double(series.count)
      let centred = series.map { $0 - mean }
      let variance = centred.reduce(0) { $0 + $1 * $1 } / Double(series.count)
      for lag in 1...64 {
        let pairs = series.count - lag
        var sum = 0.0
        for index in 0..<pairs { sum += centred[index] * centred[index + lag] }
        // √n times the coefficient is a standard normal; 7 of them: 3e-12.
        #expect(abs(sum / (variance * Double(pairs))) < 7 / Double(pairs).squareRoot())
      }
    }
  }

  @Test("Calls share nothing: the samples of two calls are uncorrelated and tie as chance has it, false alarm 1e-9")
  func independentCalls() throws {
    let sampler = try GaussianSampler(scale: 8)
    let (one, other) = (try sampler.sample(count: Self.count), try sampler.sample(count: Self.count))
    let n = Double(Self.count)
    let product = zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) } / n
    #expect(abs(product) < 6.5 * (64 + 1.0 / 12) / n.squareRoot())
    let chance = (-80...80).reduce(0) { $0 + Self.mass($1, 8) * Self.mass($1, 8) }
    let ties = zip(one, other).reduce(0) { $0 + ($1.0 == $1.1 ? 1.0 : 0) } / n
    #expect(abs(ties - chance) < 6.5 * (chance / n).squareRoot())
  }

  @Test("Chunks of keystream join without repeating or skipping", arguments: NoisePrecision.allCases)
  func chunks(precision: NoisePrecision) throws {
    let sampler = try GaussianSampler(scale: 16, precision: precision)
    var keystream = try CounterKeystream.seeded(1)
    var again = try CounterKeystream.seeded(1)
    let words = try again.words(10_000 * sampler.tables[0].wordsPerSample)
    #expect(try sampler.sample(count: 10_000, from: &keystream) == sampler.samples(of: words))
    #expect(try sampler.sample(count: 0).isEmpty)
  }
}
