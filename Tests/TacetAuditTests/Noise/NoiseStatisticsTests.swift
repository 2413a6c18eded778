import Foundation
import SeededGenerator
import Testing

@testable import TacetAudit

/// What the noise audit rests on: its distribution, its sums, its bounds.
@Suite struct NoiseStatisticsTests {
  private func expect(
    _ value: Double, _ truth: Double, tolerance: Double = 1e-9, _ comment: @autoclosure () -> Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(abs(value - truth) <= tolerance * abs(truth), comment(), sourceLocation: sourceLocation)
  }

  /// `scipy.stats.ncf.sf(f, p, q, λ)`, and `scipy.stats.f.sf(f, p, q)` for λ = 0, of SciPy 1.17.1; mpmath's sum of the
  /// same series, to 40 digits, agrees with those of fewer than 4000 terms in 14 digits.
  @Test func theNoncentralDistribution() {
    let vectors: [(f: Double, p: Double, q: Double, noncentrality: Double, tail: Double)] = [
      (1, 3, 100, 0, 0.3961862496180065), (8, 3, 100, 0, 7.838970945831028e-05),
      (2.5, 1, 60, 0.5, 0.20724026340280222), (40, 1, 400, 10, 0.00102539139302888),
      (4, 12, 3987, 10, 0.0044738792857496245), (12, 12, 3987, 40, 2.7725190556183145e-07),
      (60, 24, 1175, 1000, 1.1682354781827123e-06), (5, 200, 800, 500, 1.0463175783301045e-05),
      (2000, 6, 39993, 10_000, 3.363094418530567e-19), (0.2, 5, 300, 4, 0.9932999710794091),
    ]
    for v in vectors {
      let tail = NoncentralF(numerator: v.p, denominator: v.q).tail(v.f, noncentrality: v.noncentrality)
      expect(tail, v.tail, "\(v)")
    }
  }

  /// `scipy.stats.chi2.cdf(x, degrees)` of SciPy 1.17.1.
  @Test func theLowerTailOfChiSquared() {
    expect(Tail.chiSquaredBelow(60, degrees: 100), 0.0005188914625480344, "a few degrees")
    expect(Tail.chiSquaredBelow(1.5, degrees: 12), 0.00013055446292196965, "fewer")
    expect(Tail.chiSquaredBelow(30_000, degrees: 32_000), 3.4008802941745006e-16, "many")
    expect(Tail.chiSquaredBelow(150_000, degrees: 160_000), 3.362893390497097e-73, tolerance: 1e-8, "more")
  }

  @Test("Quantiles and bounds are where the tails are", arguments: [0.0, 3.5, 900, 3e5])
  func boundsAreWhereTheTailsAre(noncentrality: Double) {
    let distribution = NoncentralF(numerator: 12, denominator: 3987)
    for level in [1e-11, 1e-3] {
      let f = distribution.quantile(level, noncentrality: noncentrality)
      expect(distribution.tail(f, noncentrality: noncentrality), level, tolerance: 1e-6, "quantile")
      // The λ that f bounds from below at that level is the one it was made with.
      #expect(abs(distribution.least(f, level: level) - noncentrality) <= 1e-6 * (1 + noncentrality))
    }
    let f = distribution.quantile(1 - 1e-3, noncentrality: noncentrality)
    #expect(abs(distribution.most(f, level: 1e-3) - noncentrality) <= 1e-5 * (1 + noncentrality))
    #expect(distribution.tail(0, noncentrality: noncentrality) == 1)
  }

  @Test func chiSquaredFromBelow() {
    for (x, degrees) in [(1.0, 3.0), (80, 100), (2000, 2500)] {
      let sum = Tail.chiSquared(x, degrees: degrees) + Tail.chiSquaredBelow(x, degrees: degrees)
      #expect(abs(sum - 1) < 1e-14)
    }
    #expect(Tail.chiSquaredBelow(0, degrees: 3) == 0)
  }

  @Test func fewTrialsHaveNoTest() {
    #expect(SeparationTest(numbers: 5, trials: 54) == nil)
    #expect(SeparationTest(numbers: 5, trials: 55) != nil)
  }

  @Test("What is detectable is: its quantiles, and more trials tell less")
  func whatIsDetectable() throws {
    var before = Double.infinity
    for trials in [100, 1000, 20_000] {
      let test = try #require(SeparationTest(numbers: 8, trials: trials))
      let found = test.detectable(claim: 1, level: 1e-10, power: 0.95)
      #expect(found > 1 && found < before)
      before = found
    }
    // Beside the normal approximation: 1 + (6.36 + 1.64)·√((2 + 1/4)/20000), to a hundredth.
    #expect(abs(before - 1.085) < 0.01)
  }

  /// Sums of whole numbers lose nothing where doubles would: a mean of 30,000 over a deviation of 1.
  @Test func momentsAreExact() {
    var moments = ReleaseMoments(numbers: 2)
    for value in [30_000, 30_001, 30_002] as [Int16] { moments.add([value, -value]) }
    #expect(moments.trials == 3 && moments.means == [30_001, -30_001])
    #expect(moments.scatter == [2, -2, 2])
  }

  /// However many trials are added up at a time, and however large their numbers: the sums of 64 bits, one by one.
  @Test("Sums of trials, seed 23", arguments: [1, 255, 256, 257, 700], [1, 60, 30_000, 32_768])
  func momentsAreTheSumsTheyStandFor(trials: Int, size: Int) {
    var random = SeededGenerator(seed: 23)
    var moments = ReleaseMoments(numbers: 3)
    var rows: [[Int]] = []
    for _ in 0..<trials {
      let row = [0, 1, 2].map { number in
        number == 1 ? Int16.random(in: -3...3, using: &random) : Int16(Bool.random(using: &random) ? size - 1 : -size)
      }
      moments.add(row)
      rows.append(row.map(Int.init))
      // What was read before changes nothing of what is read after.
      if rows.count == 300 { _ = moments.scatter }
    }
    let sums = (0..<3).map { number in rows.reduce(0) { $0 + $1[number] } }
    #expect(moments.trials == trials && moments.means == sums.map { Double($0) / Double(trials) })
    let scatter = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].map { first, second in
      Double(trials * rows.reduce(0) { $0 + $1[first] * $1[second] } - sums[first] * sums[second]) / Double(trials)
    }
    #expect(moments.scatter == scatter)
  }

  @Test func noCombinationWithoutNoise() throws {
    var (one, other) = (ReleaseMoments(numbers: 3), ReleaseMoments(numbers: 3))
    var random = SeededGenerator(seed: 5)
    for _ in 0..<100 {
      let pair = (0..<2).map { _ in Int16.random(in: -50...50, using: &random) }
      one.add(pair + [pair[0] + pair[1]])
      other.add(pair + [pair[0] + pair[1] + 3])
    }
    #expect(PooledCovariance(one, other).weights([1, 0, 0]) == nil)
    // One trial that does not follow gives it back.
    one.add([0, 0, 1])
    other.add([0, 0, 5])
    #expect(PooledCovariance(one, other).weights([1, 0, 0]) != nil)
  }

  /// Σ·w = d, of two numbers whose covariance is known by hand: {1, 2, 3, 4} and {1, 3, 2, 4} in both worlds.
  @Test func weightsSolveTheirEquations() throws {
    var (one, other) = (ReleaseMoments(numbers: 2), ReleaseMoments(numbers: 2))
    for (x, y) in zip([1, 2, 3, 4] as [Int16], [1, 3, 2, 4] as [Int16]) {
      one.add([x, y])
      other.add([x + 10, y])
    }
    let covariance = PooledCovariance(one, other)
    #expect(covariance.degrees == 6 && covariance.scatter == [10, 8, 10])
    expect(covariance.correlation(0, 1), 0.8, "correlation")
    // Σ = [10 8; 8 10] / 6: Σ⁻¹(1, 0) = 6·(10, −8)/36.
    let weights = try #require(covariance.weights([1, 0]))
    expect(weights[0], 60.0 / 36, "first")
    expect(weights[1], -48.0 / 36, "second")
  }

  @Test func correlationsWithTheRunBefore() {
    var moments = SerialMoments(numbers: 2)
    for (x, y) in zip([1, 2, 3, 4] as [Int16], [1, 3, 2, 4] as [Int16]) { moments.add([x, 7], then: [y, x]) }
    #expect(moments.pairs == 4)
    expect(moments.correlations[0], 0.8, "correlation")
    #expect(moments.correlations[1] == 0)
  }

  @Test func noTrialCountsInTwoPairs() {
    var ties = TieCounter()
    for value in [1, 1, 1, 2, 3] as [Int16] { ties.add([value, 9]) }
    #expect(ties.pairs == 4 && ties.ties == 3)
  }

  /// A threshold on numbers that are 2 deviations apart shows some ε, and never more than there is: μ = 2 at δ = 1e-6
  /// has ε = 10.997.
  @Test("The threshold test, seed 11, n = 20000 a half, level 1e-10")
  func thresholds() throws {
    var random = SeededGenerator(seed: 11)
    func trial(_ mean: Double) -> [Int16] {
      // A sum of 12 uniform numbers: of variance 1, and no normal variable, which this test does not ask for.
      [Int16(((0..<12).reduce(mean - 6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) } * 100).rounded())]
    }
    var (one, other) = (ReleaseMoments(numbers: 1), ReleaseMoments(numbers: 1))
    for _ in 0..<20_000 {
      one.add(trial(2))
      other.add(trial(0))
    }
    var test = try #require(ThresholdTest(choosing: one, other, level: 1e-10))
    #expect(test.epsilon(delta: 1e-6, level: 1e-10) == 0)
    for _ in 0..<20_000 {
      test.add(trial(2), isPresent: true)
      test.add(trial(0), isPresent: false)
    }
    let epsilon = test.epsilon(delta: 1e-6, level: 1e-10)
    #expect(epsilon > 2 && epsilon < 10.997)
    #expect(test.epsilon(delta: 1, level: 1e-10) == 0)
  }
}
