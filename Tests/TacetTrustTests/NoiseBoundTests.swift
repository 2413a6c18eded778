import Foundation
import SeededGenerator
import TacetTrust
import Testing

/// Honest noise is not punished; what is farther away is.
@Suite struct NoiseBoundTests {
  /// Quantiles of the (noncentral) χ² distribution from SciPy 1.17.1: `chi2.isf(level, d)`, `ncx2.isf(level, d, λ)`.
  @Test(
    arguments: [
      (1, 0, 1e-3, 10.827566), (1, 0, 1e-9, 37.324893), (1, 0, 1e-12, 50.844128), (16, 0, 1e-3, 39.252355),
      (16, 0, 1e-9, 75.654185), (16, 2, 1e-9, 83.855745), (16, 2, 1e-12, 101.845383), (64, 0.5, 1e-3, 105.532570),
      (64, 0.5, 1e-9, 157.814192), (1000, 0, 1e-3, 1143.917093), (1000, 0, 1e-9, 1291.957866),
      (1000, 30, 1e-9, 1330.554930), (1000, 30, 1e-12, 1387.848068), (100_000, 0.5, 1e-9, 102_706.173134),
    ] as [(Int, Double, Double, Double)])
  func isAboveTheQuantileAndNotFarAbove(dimension: Int, lambda: Double, level: Double, quantile: Double) {
    // Two vectors of variance ½ differ by one of variance 1.
    let bound = NoiseBound(variance: 0.5, diameter: lambda.squareRoot())
    let limit = bound.largestSquare(dimension: dimension, falseAlarm: level)
    #expect(limit >= quantile)
    #expect(limit <= quantile * (dimension < 16 ? 2 : dimension < 1000 ? 1.3 : 1.04))
  }

  @Test func withoutNoiseItIsTheDiameter() {
    #expect(NoiseBound(variance: 0, diameter: 3).largestSquare(dimension: 8, falseAlarm: 1e-9) == 9)
    #expect(NoiseBound(variance: .nan, diameter: -1).largestSquare(dimension: 8, falseAlarm: 1e-9) == 0)
  }

  /// 4,000 honest vectors at the ends of the clip's diameter, with the releases' own noise, among liars that do what they can: with
  /// all three arguments one may be called a lie with probability 5e-14 · 12,000 = 6e-10.
  @Test(arguments: [(8, 8.0), (64, 8.0), (64, 64.0)]) func honestNoiseIsNeverALie(dimension: Int, scale: Double) {
    var generator = SeededGenerator(seed: 20_261_127)
    var parameters = Mesh.parameters
    parameters.trim = 2
    parameters.falseAlarm = 5e-14
    let names = ["a", "b", "c", "d", "e", "x", "y"]
    var mesh = Mesh(names, parameters: parameters)
    mesh.capability = .refresh
    let radius = 2 * scale
    for round in 0..<800 {
      var vectors: [String: [Float]] = [:]
      for (index, name) in names.prefix(5).enumerated() {
        // Opposite ends: the most that two clipped vectors differ by.
        let mean = (index % 2 == 0 ? radius : -radius) / Double(dimension).squareRoot()
        vectors[name] = (0..<dimension).map { _ in Float((mean + scale * generator.normal()).rounded()) }
      }
      let lie = Float(round % 3 == 0 ? 1e6 : round % 3 == 1 ? 3 * scale : -scale)
      for name in names.suffix(2) { vectors[name] = (vectors["a"] ?? []).map { $0 + lie } }
      let verdict = mesh.judge(
        vectors, dimension: dimension, by: .noise(NoiseBound(scale: scale, radius: radius)))
      #expect(verdict.result != nil)
      for name in names.prefix(5) {
        let evidence = mesh.book.record(of: name, for: .refresh)?.evidence ?? []
        #expect(evidence.allSatisfy { $0.agreement == 1 }, "\(name) in round \(round)")
      }
    }
    #expect(mesh.quarantined.isSubset(of: ["x", "y"]))
  }

  /// At the stated rate: of 4,000 rounds of five vectors, at a rate of 1e-3 each, 20 may have one that is called a lie; 60 or more come
  /// with probability 6e-12 (Chernoff).
  @Test func theRateIsKept() {
    var generator = SeededGenerator(seed: 3)
    var parameters = Mesh.parameters
    parameters.falseAlarm = 1e-3
    let names = ["a", "b", "c", "d", "e"]
    var lies = 0
    for _ in 0..<4000 {
      var mesh = Mesh(names, parameters: parameters)
      let vectors = Dictionary(
        uniqueKeysWithValues: names.map { ($0, (0..<16).map { _ in Float((8 * generator.normal()).rounded()) }) })
      _ = mesh.judge(vectors, dimension: 16, by: .noise(NoiseBound(scale: 8, radius: 0)))
      lies += names.contains { mesh.book.record(of: $0, for: .answer)?.evidence.last?.agreement == 0 } ? 1 : 0
    }
    #expect(lies < 60)
  }

  /// A lie of four times the noise's norm: it is as near as an honest one with probability 1e-15 in a round.
  @Test func whatIsFartherThanNoiseIsALie() {
    var generator = SeededGenerator(seed: 5)
    let names = ["a", "b", "c", "d", "x"]
    var mesh = Mesh(names)
    for _ in 0..<60 {
      var vectors = Dictionary(
        uniqueKeysWithValues: names.map { ($0, (0..<64).map { _ in Float((8 * generator.normal()).rounded()) }) })
      vectors["x"] = vectors["x"]?.map { $0 + 32 }
      _ = mesh.judge(vectors, dimension: 64, by: .noise(NoiseBound(scale: 8, radius: 4)))
    }
    #expect(mesh.quarantined == ["x"])
  }
}

extension SeededGenerator {
  /// A standard normal variate, by Box and Muller.
  mutating func normal() -> Double {
    let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self))).squareRoot()
    return radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &self))
  }
}
