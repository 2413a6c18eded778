import Foundation
import TacetPrivacy
import Testing

/// Noise of two draws. Seeded keystreams: each outcome is fixed; false-alarm figures are those of a fresh seed.
@Suite struct ConvolutionTests {
  static let count = 400_000

  /// The law of a·Z₁ + Z₂ for exact rounded Gaussians, summed over Z₁.
  static func masses(_ scale: NoiseScale) -> [Int: Double] {
    let (outer, inner) = (scale.tableScales[0], scale.tableScales[1])
    let seconds = (-8 * inner...8 * inner).map { ($0, GaussianSamplerTests.mass($0, inner)) }
    var masses: [Int: Double] = [:]
    for first in -8 * outer...8 * outer {
      let weight = GaussianSamplerTests.mass(first, outer)
      for (second, mass) in seconds { masses[scale.factor * first + second, default: 0] += weight * mass }
    }
    return masses
  }

  @Test(
    "χ² against exact masses of the convolution, n = 400 000, false alarm 2e-10", arguments: [65, 100, 250],
    NoisePrecision.allCases)
  func binMasses(nominal: Int, precision: NoisePrecision) throws {
    let sampler = try GaussianSampler(scale: nominal, precision: precision)
    var keystream = try CounterKeystream.seeded(7)
    var counts: [Int: Int] = [:]
    for sample in try sampler.sample(count: Self.count, from: &keystream) { counts[Int(sample), default: 0] += 1 }
    let top = Int(4 * Double(sampler.scale.variance).squareRoot())
    let cells = (-top...top).map { ($0, counts[$0] ?? 0) }
    let masses = Self.masses(sampler.scale)
    GaussianSamplerTests.expectFit(cells: cells, count: Self.count) { masses[$0] ?? 0 }
  }

  @Test(
    "Mean 0, variance a²(s₁² + 1/12) + s₂² + 1/12: 6.5 standard errors, false alarm 1e-10", arguments: [66, 777, 2048])
  func moments(nominal: Int) throws {
    let sampler = try GaussianSampler(scale: nominal)
    var keystream = try CounterKeystream.seeded(9)
    let samples = try sampler.sample(count: Self.count, from: &keystream).map(Double.init)
    let variance = Double(sampler.scale.variance) + Double(sampler.scale.factor * sampler.scale.factor + 1) / 12
    let mean = samples.reduce(0, +) / Double(Self.count)
    let square = samples.reduce(0) { $0 + $1 * $1 } / Double(Self.count)
    #expect(abs(mean) < 6.5 * (variance / Double(Self.count)).squareRoot())
    #expect(abs(square - variance) < 6.5 * variance * (2 / Double(Self.count)).squareRoot())
  }

  @Test("A sample is a times the sample of its first words plus that of its second")
  func sumOfDraws() throws {
    for precision in NoisePrecision.allCases {
      let sampler = try GaussianSampler(scale: 1000, precision: precision)
      var keystream = try CounterKeystream.seeded(3)
      let perDraw = 100 * sampler.tables[0].wordsPerSample
      let words = try keystream.words(2 * perDraw)
      let first = try GaussianSampler(scale: sampler.scale.tableScales[0], precision: precision)
        .samples(of: Array(words.prefix(perDraw)))
      let second = try GaussianSampler(scale: sampler.scale.tableScales[1], precision: precision)
        .samples(of: Array(words.suffix(perDraw)))
      let want = zip(first, second).map { Int16(sampler.scale.factor) * $0 + $1 }
      #expect(sampler.samples(of: words) == want)
      var again = try CounterKeystream.seeded(3)
      #expect(try sampler.sample(count: 100, from: &again) == want)
    }
  }
}
