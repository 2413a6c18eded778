import Foundation
import Testing

@testable import TacetAudit

/// Each statistic against SciPy's.
@Suite struct LeakStatisticsTests {
  private let vectors: LeakVectors

  init() throws { vectors = try LeakVectors.load() }

  private func expect(
    _ value: Double, _ truth: Double, tolerance: Double = 1e-9, _ comment: @autoclosure () -> Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(abs(value - truth) <= tolerance * abs(truth), comment(), sourceLocation: sourceLocation)
  }

  @Test func tails() {
    for v in vectors.tails.binomial { expect(Tail.binomial(v.k, of: v.n, v.p), v.tail, "binomial \(v)") }
    for v in vectors.tails.student { expect(Tail.student(v.t, degrees: v.degrees), v.tail, "Student \(v)") }
    for v in vectors.tails.chiSquared { expect(Tail.chiSquared(v.x, degrees: v.degrees), v.tail, "χ² \(v)") }
    for v in vectors.tails.kolmogorov {
      expect(Tail.kolmogorov(steps: v.steps, of: v.n), v.tail, "Kolmogorov \(v)")
    }
  }

  @Test func tailsAtTheirEnds() {
    #expect(Tail.binomial(0, of: 5, 0.5) == 1)
    #expect(Tail.binomial(6, of: 5, 0.5) == 0)
    #expect(Tail.student(0, degrees: 3) == 1)
    #expect(Tail.student(LeakComparison.largestT, degrees: 1e5) >= 0)
    #expect(Tail.chiSquared(0, degrees: 3) == 1)
    #expect(Tail.kolmogorov(steps: 0, of: 9) == 1)
    #expect(Tail.kolmogorov(steps: 100_000, of: 100_000) == 0)
    #expect(Tail.relativeEntropy(0, degrees: 0) == 1)
    #expect(Tail.relativeEntropy(1, degrees: 5) == 1)
  }

  @Test func intervals() {
    for v in vectors.intervals {
      let interval = Quantile.clopperPearson(v.k, of: v.n, confidence: v.confidence)
      expect(interval.lowerBound, v.low, "\(v)")
      expect(interval.upperBound, v.high, "\(v)")
    }
  }

  @Test(arguments: [1e-12, 1e-6, 0.01, 0.5])
  func quantilesAreWhereTheTailsAre(_ level: Double) {
    let k = Quantile.binomial(level, of: 4500, 1 / 6)
    #expect(Tail.binomial(k, of: 4500, 1 / 6) <= level)
    #expect(Tail.binomial(k - 1, of: 4500, 1 / 6) > level)
    let steps = Quantile.kolmogorov(level, of: 2000)
    #expect(Tail.kolmogorov(steps: steps, of: 2000) <= level)
    #expect(Tail.kolmogorov(steps: steps - 1, of: 2000) > level)
    expect(Tail.student(Quantile.student(level, degrees: 500), degrees: 500), level, "Student")
    let nats = Quantile.relativeEntropy(level, degrees: 115)
    expect(Tail.relativeEntropy(nats, degrees: 115), level, "relative entropy")
  }

  /// The bound is one: it is never below the true tail, here of a binomial variable of which everything is known.
  @Test(arguments: [5, 40, 300])
  func relativeEntropyIsBounded(_ n: Int) {
    for nats in [1.5, 3.0, 8.0, 15.0] {
      let tail = (0...n).reduce(0.0) { sum, k in
        let p = Double(k) / Double(n)
        let entropy = [p, 1 - p].reduce(0.0) { $0 + ($1 > 0 ? $1 * log(2 * $1) : 0) }
        let probability = Tail.binomial(k, of: n, 0.5) - Tail.binomial(k + 1, of: n, 0.5)
        return Double(n) * entropy >= nats ? sum + probability : sum
      }
      #expect(tail <= Tail.relativeEntropy(nats, degrees: 1))
    }
  }

  @Test func comparisons() throws {
    for v in vectors.samples {
      var moments = [LeakComparison.Moments(), LeakComparison.Moments()]
      for value in v.first { moments[0].add(value - 20) }
      for value in v.second { moments[1].add(value - 20) }
      let welch = try #require(LeakComparison.welch(moments[0], moments[1], leastRows: 2))
      expect(welch.t, v.t, "t")
      expect(welch.degrees, v.degrees, "degrees of freedom")
      expect(Tail.student(welch.t, degrees: welch.degrees), v.tP, "p of t")
      let latency = LeakFeature(place: .own, quantity: .latency)
      let column = try #require(LeakColumn(latency, v.first + v.second, leastPerBin: 10))
      let labels = v.first.map { _ in UInt8(0) } + v.second.map { _ in UInt8(1) }
      let comparison = LeakComparison(column, labels, classes: 2)
      #expect(comparison.steps == [Int((v.distance * Double(v.first.count)).rounded())])
      let whole = try #require(comparison.crops.first { $0.kept == 1 })
      expect(whole.t, v.t, "t of a column")
    }
  }

  @Test func information() {
    for v in vectors.tables {
      let information = LeakInformation(v.counts)
      expect(information.bits, v.bits, "bits")
      expect(information.chiSquared, v.statistic, "χ²")
      expect(information.pValue, v.p, "p")
    }
    let empty = LeakInformation([])
    #expect(empty.bits == 0 && empty.pValue == 1)
  }

  @Test func columnsSortEqualValuesTogether() throws {
    let latency = LeakFeature(place: .own, quantity: .latency)
    #expect(LeakColumn(latency, [2, 2, 2], leastPerBin: 1) == nil)
    #expect(LeakColumn(latency, [nil, nil], leastPerBin: 1) == nil)
    let column = try #require(LeakColumn(latency, [3, nil, 1, 3, 2, nil], leastPerBin: 2))
    #expect(column.missing == 2)
    #expect(column.ends == [2, 3, 4, 6])
    #expect(column.bins == [2, 0, 1, 2, 1, 0])
    #expect(column.binCount == 3)
    #expect(column.ranks == [4, 0, 2, 4, 3, 0].map { Float($0) / 6 })
  }
}
