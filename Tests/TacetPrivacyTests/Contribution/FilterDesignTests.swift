import Foundation
import SeededGenerator
import Testing

@testable import TacetPrivacy

/// Filters designed for a workload, against an implementation that shares nothing with this one (Scripts/make_filter_vectors.py).
@Suite struct FilterDesignTests {
  struct Case: Decodable, CustomTestStringConvertible {
    struct Query: Decodable {
      let weights: [Double]
      let importance: Double
    }

    let name: String
    let taps: Int
    let steps: Int
    let queries: [Query]
    let mu: Double
    let autocovariance: [Double]?
    let identity: Double
    let exponential: Double
    let least: Double

    var testDescription: String { name }

    func workload() throws -> FilterWorkload {
      try FilterWorkload(
        queries: queries.map { FilterWorkload.Query(weights: $0.weights, importance: $0.importance) }, steps: steps,
        autocovariance: autocovariance)
    }

    func loss() throws -> any FilterLoss { try workload().loss(noiseVariance: 1 / (mu * mu)) }
  }

  static let cases: [Case] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/filter-designs.json")
    let data = try? Data(contentsOf: file)
    return data.flatMap { try? JSONDecoder().decode([Case].self, from: $0) } ?? []
  }()

  @Test func thereAreCases() {
    #expect(Self.cases.count == 11)
    #expect(Self.cases.filter { $0.autocovariance != nil }.count == 3)
  }

  @Test("Errors of given filters are those of dense matrices, to 1e-9", arguments: cases)
  func errors(of vector: Case) throws {
    let loss = try vector.loss()
    let identity = loss.evaluate([1] + Array(repeating: 0, count: vector.taps - 1)).value
    #expect(abs(identity / vector.identity - 1) < 1e-9)
    let exponential = try #require(UnitShape(UnitShape.powers(of: 0.6, count: vector.taps)))
    #expect(abs(loss.evaluate(exponential.numbers).value / vector.exponential - 1) < 1e-9)
  }

  @Test("Gradients are those of central differences, to 1e-5", arguments: cases)
  func gradients(of vector: Case) throws {
    let loss = try vector.loss()
    var random = SeededGenerator(seed: 3)
    let filter = (0..<vector.taps).map { ($0 == 0 ? 1 : 0.3) * Double.random(in: 0.5...1, using: &random) }
    let gradient = loss.evaluate(filter).gradient
    let size = gradient.map { abs($0) }.max() ?? 0
    for tap in filter.indices {
      var (above, below) = (filter, filter)
      above[tap] += 1e-5
      below[tap] -= 1e-5
      let slope = (loss.evaluate(above).value - loss.evaluate(below).value) / 2e-5
      #expect(abs(slope - gradient[tap]) < 1e-5 * size, "tap \(tap)")
    }
  }

  /// The real filter comes to the least error that the other implementation found, and rounding costs less than it may.
  @Test("The designed filter is the best there is: to 1e-6 before rounding, to 1e-3 after", arguments: cases)
  func designsReachTheLeast(_ vector: Case) throws {
    let loss = try vector.loss()
    let decay = FilterDesign.bestDecay(count: vector.taps, loss: loss)
    let shape = FilterDesign.bestShape(count: vector.taps, loss: loss, decay: decay)
    #expect(abs(shape.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
    #expect(loss.evaluate(shape).value < vector.least * (1 + 1e-6))
    let design = try FilterDesign(
      count: vector.taps, norm: CausalFilter.usualNorm, mu: vector.mu, workload: try vector.workload())
    #expect(design.best.error * design.best.error < vector.least * (1 + 1e-3))
    #expect(design.best.error * design.best.error > vector.least * (1 - 1e-6))
    // A decay found by hand is no better than the one that was looked for.
    #expect(design.exponential.error * design.exponential.error < vector.exponential * (1 + 1e-3))
  }

  /// Whatever is asked, at whatever norm, no design is worse than what needs none.
  @Test("Never worse than the identity or the best exponential, seeds 0…39", arguments: 0..<UInt64(40))
  func neverWorseThanWithoutDesign(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let steps = Int.random(in: 1...20, using: &random)
    let queries = (0..<Int.random(in: 1...3, using: &random)).map { _ in
      FilterWorkload.Query(
        weights: (0..<Int.random(in: 1...steps, using: &random)).map { _ in .random(in: -0.5...1, using: &random) },
        importance: .random(in: 0.1...3, using: &random))
    }
    let autocovariance = seed % 3 == 0 ? (0..<steps).map { 5 * pow(0.7, Double($0)) } : nil
    let workload = try FilterWorkload(queries: queries, steps: steps, autocovariance: autocovariance)
    let norm = [3, 20, CausalFilter.usualNorm][Int(seed % 3)]
    let mu = Double.random(in: 0.1...3, using: &random)
    let count = Int.random(in: 1...8, using: &random)
    let design = try FilterDesign(count: count, norm: norm, mu: mu, workload: workload)
    #expect(design.best.error <= design.identity.error)
    #expect(design.best.error <= design.exponential.error)
    #expect(design.best.error > 0 && design.best.filter.squaredNorm <= norm * norm)
    #expect(design.best.filter.taps.count == count)
    // The same at every run.
    let again = try FilterDesign(count: count, norm: norm, mu: mu, workload: workload)
    #expect(again.best.filter == design.best.filter && again.best.error == design.best.error)
  }

  /// Known in closed form: the identity's answer to a sum of all counts so far adds the noise of t + 1 of them at step t.
  @Test func theIdentityAddsUpNoise() throws {
    let workload = try FilterWorkload(queries: [.sum(of: 9)], steps: 9)
    let design = try FilterDesign(count: 1, norm: 7, mu: 0.5, workload: workload)
    #expect(abs(design.best.error * design.best.error - 4 * 5) < 1e-12)
    #expect(design.best.filter.taps == [7])
    // One count whose variance is known: the variance that is left.
    let known = try FilterWorkload(queries: [.sum(of: 1)], steps: 1, autocovariance: [3])
    let error = try FilterDesign(count: 1, norm: 7, mu: 0.5, workload: known).best.error
    #expect(abs(error * error - 3 * 4 / (3 + 4.0)) < 1e-12)
  }

  @Test func refuses() throws {
    typealias Query = FilterWorkload.Query
    func error(_ queries: [Query], steps: Int = 5, autocovariance: [Double]? = nil) -> FilterWorkloadError? {
      do throws(FilterWorkloadError) {
        _ = try FilterWorkload(queries: queries, steps: steps, autocovariance: autocovariance)
        return nil
      } catch { return error }
    }
    let one = Query(weights: [1])
    #expect(error([one]) == nil)
    #expect(error([]) == .queryCountOutOfRange(0))
    #expect(error(Array(repeating: one, count: 17)) == .queryCountOutOfRange(17))
    #expect(error([one], steps: 0) == .stepsOutOfRange(0, most: 10_000))
    #expect(error([one], steps: 10_001) == .stepsOutOfRange(10_001, most: 10_000))
    #expect(error([one], steps: 129, autocovariance: [1]) == .stepsOutOfRange(129, most: 128))
    for weights in [[], [0, 0], [.nan], [1e7], [1, 1, 1, 1, 1, 1]] as [[Double]] {
      #expect(error([one, Query(weights: weights)]) == .weightsOutOfRange(query: 1))
    }
    #expect(error([.sum(of: -1)]) == .weightsOutOfRange(query: 0))
    #expect(error([.sum(of: .max)]) == .weightsOutOfRange(query: 0))
    for importance in [0, -1, .nan, .infinity] {
      #expect(error([Query(weights: [1], importance: importance)]) == .importanceOutOfRange(query: 0))
    }
    // A correlation of more than 1, or of 0.9 that ends at once, has no counts.
    for lags in [[], [0], [-1], [1, 2], [1, 0.9], [.nan], [1, 0, 0, 0, 0, 0]] as [[Double]] {
      #expect(error([one], autocovariance: lags) == .noCovariance, "\(lags)")
    }
    #expect(error([one], autocovariance: [1, 1, 1, 1, 1]) == nil)
    let workload = try FilterWorkload(queries: [one], steps: 5)
    for mu in [0, -1, .nan, .infinity] {
      #expect(throws: ContributionError.self) { try FilterDesign(count: 2, norm: 9, mu: mu, workload: workload) }
    }
    #expect(throws: ContributionError.tapCountOutOfRange(65)) {
      try FilterDesign(count: 65, norm: 9, mu: 1, workload: workload)
    }
    #expect(throws: ContributionError.normOutOfRange(0)) {
      try FilterDesign(count: 2, norm: 0, mu: 1, workload: workload)
    }
  }
}
