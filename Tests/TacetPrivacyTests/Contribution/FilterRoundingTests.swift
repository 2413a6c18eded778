import SeededGenerator
import Testing

@testable import TacetPrivacy

/// Filters in whole numbers: never longer than their norm, and hardly shorter.
@Suite struct FilterRoundingTests {
  private func randomShape(_ random: inout SeededGenerator) -> [Double] {
    (0..<Int.random(in: 1...CausalFilter.mostTaps, using: &random)).map { index in
      // Some even, some that fall, some with zeros.
      switch UInt8.random(in: 0..<4, using: &random) {
      case 0: 0
      case 1: .random(in: -1e-9...1e-9, using: &random)
      case 2: .random(in: -1...1, using: &random) / Double(1 + index)
      default: .random(in: -1...1, using: &random)
      }
    } + [1e-3]
  }

  @Test("Σ tap² ≤ H², seeds 0…999, any norm", arguments: 0..<UInt64(10))
  func neverLongerThanTheNorm(hundred: UInt64) throws {
    for seed in hundred * 100..<hundred * 100 + 100 {
      var random = SeededGenerator(seed: seed)
      let shape = Array(randomShape(&random).prefix(CausalFilter.mostTaps))
      let norm =
        seed % 2 == 0 ? Int.random(in: 1...80, using: &random) : .random(in: CausalFilter.norms, using: &random)
      let filter = try CausalFilter(rounding: shape, norm: norm)
      #expect(filter.squaredNorm <= norm * norm, "seed \(seed)")
      #expect(filter.norm <= norm && filter.taps.count == shape.count, "seed \(seed)")
      for (tap, real) in zip(filter.taps, shape) {
        #expect(tap == 0 || (tap < 0) == (real < 0), "seed \(seed): \(real) became \(tap)")
      }
    }
  }

  /// What is left unused is less than raising the largest tap by one takes, at worst 2H + 1 of H²; on average it is far less.
  @Test("H² is used up, seeds 0…399, norms 64…16 383")
  func theNormIsUsedUp() throws {
    var unused = 0.0
    for seed in UInt64(0)..<400 {
      var random = SeededGenerator(seed: seed)
      let shape = Array(randomShape(&random).prefix(CausalFilter.mostTaps))
      let norm = seed % 2 == 0 ? CausalFilter.usualNorm : Int.random(in: 64...CausalFilter.largestTap, using: &random)
      let filter = try CausalFilter(rounding: shape, norm: norm)
      let largest = try #require(filter.taps.map { abs($0) }.max())
      let room = norm * norm - filter.squaredNorm
      #expect(room < 2 * largest + 1, "seed \(seed)")
      if seed % 2 == 0 { unused += Double(room) / Double(norm * norm) / 200 }
    }
    #expect(unused < 1e-4)
  }

  /// What rounding costs, to second order: the norm left unused, and twice the squared distance from the real filter. Where one tap
  /// is nearly all of the filter there is little choice of whole numbers.
  @Test("Rounding costs 0.01 %, seldom 0.1 %, never 0.2 %, seeds 0…399, norms from the usual one")
  func theShapeIsKept() throws {
    var costs: [Double] = []
    for seed in UInt64(0)..<400 {
      var random = SeededGenerator(seed: seed)
      let shape = Array(randomShape(&random).prefix(CausalFilter.mostTaps))
      let unit = try #require(UnitShape(shape)).numbers
      let usual = CausalFilter.usualNorm
      let norm = seed % 2 == 0 ? usual : Int.random(in: usual...CausalFilter.largestTap, using: &random)
      let filter = try CausalFilter(rounding: shape, norm: norm)
      let distance = zip(filter.taps, unit).reduce(0.0) { sum, pair in
        let difference = Double(pair.0) - pair.1 * Double(norm)
        return sum + difference * difference
      }
      let room = Double(norm * norm - filter.squaredNorm)
      costs.append((room + 2 * distance) / Double(norm * norm))
      #expect(costs[costs.count - 1] < 2e-3, "seed \(seed)")
    }
    #expect(costs.reduce(0, +) / Double(costs.count) < 1e-4)
    #expect(costs.filter { $0 > 1e-3 }.count <= 2)
  }

  @Test func whatIsWholeStaysWhatItIs() throws {
    #expect(try CausalFilter(rounding: [3, 4], norm: 5).taps == [3, 4])
    #expect(try CausalFilter(rounding: [-6e200, 8e200], norm: 10).taps == [-6, 8])
    #expect(try CausalFilter(rounding: [1, 1, 1, 1], norm: 2).taps == [1, 1, 1, 1])
    for norm in [1, 2, 512, 16_383] {
      #expect(try CausalFilter.identity(norm: norm).taps == [norm])
      #expect(try CausalFilter.exponential(count: 3, decay: 0, norm: norm).taps == [norm, 0, 0])
    }
    // The example of the documentation.
    let filter = try CausalFilter.exponential(count: 5, decay: 0.6, norm: 13)
    #expect(filter.norm == 13 && filter.squaredNorm <= 169)
    // Too long for its norm: one is left.
    #expect(try CausalFilter(rounding: Array(repeating: 1, count: 64), norm: 1).squaredNorm == 1)
    #expect(try CausalFilter.exponential(count: 4, decay: -0.5, norm: 512).taps.map { $0.signum() } == [1, -1, 1, -1])
  }

  @Test func refuses() throws {
    #expect(throws: ContributionError.tapCountOutOfRange(0)) { try CausalFilter(rounding: [], norm: 5) }
    #expect(throws: ContributionError.normOutOfRange(0)) { try CausalFilter(rounding: [1], norm: 0) }
    #expect(throws: ContributionError.normOutOfRange(16_384)) { try CausalFilter.identity(norm: 16_384) }
    for shape in [[0.0], [.nan, 1], [1, .infinity]] {
      #expect(throws: ContributionError.shapelessFilter) { try CausalFilter(rounding: shape, norm: 5) }
    }
    #expect(throws: ContributionError.tapCountOutOfRange(-1)) {
      try CausalFilter.exponential(count: -1, decay: 0, norm: 5)
    }
    #expect(throws: ContributionError.decayOutOfRange(1.5)) {
      try CausalFilter.exponential(count: 2, decay: 1.5, norm: 5)
    }
    #expect(throws: ContributionError.self) { try CausalFilter.exponential(count: 2, decay: .nan, norm: 5) }
  }
}
