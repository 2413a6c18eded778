import SeededGenerator
import TacetAudit
import TacetTrust
import Testing

@Suite struct AggregationAttackTests {
  /// n − f honest vectors, ten apart from the origin in each coordinate and about one from each other.
  private func honest(_ count: Int, _ d: Int, seed: UInt64) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    let truth = (0..<d).map { _ in Bool.random(using: &generator) ? Float(10) : -10 }
    return (0..<count).map { _ in truth.map { $0 + Float.random(in: -2...2, using: &generator) } }
  }

  private func squaredDistance(_ x: [Float], _ y: [Float]) -> Double {
    zip(x, y).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
  }

  /// How far from the honest mean a rule may come, squared, in mean squared distances of the honest from their mean: κ of Allouah et
  /// al. 2023, table 1 (for centred clipping of radius r, once: the median's bound, and r).
  private func kappa(_ rule: AggregationRule, n: Int, f: Int, spread: Double) -> Double {
    let share = Double(f) / Double(n - 2 * f)
    switch rule {
    case .mean: return 0
    case .median, .geometricMedian: return 4 * (1 + share) * (1 + share)
    case .trimmedMean: return 6 * share * (1 + share)
    case .krum, .multiKrum: return 6 * (1 + share)
    case .centredClipping(let radius, _):
      let length = 2 * (1 + share) + radius / spread.squareRoot()
      return length * length
    }
  }

  static let robust: [AggregationRule] = [
    .median, .trimmedMean(trim: 4), .krum(byzantine: 4), .multiKrum(byzantine: 4), .geometricMedian(),
    .centredClipping(radius: 6),
  ]

  /// All liars that a rule stands, with every attack, alone and after mixing: the proven bound holds.
  @Test(arguments: robust) func robustRulesStayWithinTheirProvenBound(rule: AggregationRule) throws {
    let (n, f, d) = (20, 4, 24)
    var generator: any RandomNumberGenerator = SeededGenerator(seed: 31)
    for seed in 0..<5 as Range<UInt64> {
      let honest = honest(n - f, d, seed: seed)
      let mean = try Aggregator(rule: .mean).aggregate(honest).values
      let spread = honest.reduce(0) { $0 + squaredDistance($1, mean) } / Double(honest.count)
      let alone = kappa(rule, n: n, f: f, spread: spread)
      for (mixing, kappa) in [(nil, alone), (f, 8 * Double(f) / Double(n - f) * (1 + alone))] as [(Int?, Double)] {
        let aggregator = try Aggregator(rule: rule, mixing: mixing, byzantine: f)
        for attack in AggregationAttacks.all {
          let lies = attack.lies(honest: honest, byzantine: f, against: aggregator, using: &generator)
          let result = try aggregator.aggregate(lies.compactMap { $0 } + honest).values
          #expect(squaredDistance(result, mean) <= kappa * spread, "\(attack.name), \(rule), mixing \(mixing ?? 0)")
        }
      }
    }
  }

  /// The attacks bite: the mean leaves the bound that the median keeps, or falls for whatever is not a number.
  @Test func theMeanDoesNot() throws {
    let (n, f, d) = (20, 4, 24)
    let honest = honest(n - f, d, seed: 1)
    let aggregator = try Aggregator(rule: .mean)
    let mean = try aggregator.aggregate(honest).values
    let spread = honest.reduce(0) { $0 + squaredDistance($1, mean) } / Double(honest.count)
    let bound = kappa(.median, n: n, f: f, spread: spread)
    var generator: any RandomNumberGenerator = SeededGenerator(seed: 2)
    for attack in [SignFlip(), InnerProductManipulation(), Collusion(), AdaptiveLies()] as [any AggregationAttack] {
      let lies = attack.lies(honest: honest, byzantine: f, against: aggregator, using: &generator).compactMap { $0 }
      let result = try aggregator.aggregate(honest + lies).values
      #expect(squaredDistance(result, mean) > bound * spread, "\(attack.name)")
    }
  }

  /// Beside ByzFL's definitions, on numbers that can be followed by hand: mean (2, -1), deviation (1, 3).
  @Test func attacksAreAsTheLiteratureHasThem() throws {
    let honest: [[Float]] = [[1, -4], [2, -1], [3, 2]]
    let aggregator = try Aggregator(rule: .median)
    var generator: any RandomNumberGenerator = SeededGenerator(seed: 3)
    func lies(_ attack: any AggregationAttack) -> [[Float]?] {
      attack.lies(honest: honest, byzantine: 2, against: aggregator, using: &generator)
    }
    #expect(lies(SignFlip()) == [[-2, 1], [-2, 1]])
    #expect(lies(InnerProductManipulation(factor: 3)) == [[-6, 3], [-6, 3]])
    #expect(lies(ALittleIsEnough(factor: 1.5)) == [[3.5, 3.5], [3.5, 3.5]])
    #expect(lies(Mimic()) == [[1, -4], [1, -4]])
    #expect(lies(NeverSent()) == [nil, nil])
    #expect(lies(SuppliedLies(name: "label-flip", vectors: [[7, 7]])) == [[7, 7], [7, 7]])
    #expect(lies(NotANumber()).allSatisfy { $0?.contains { !$0.isFinite } ?? false })
    let colluding = lies(Collusion(distance: 100))
    #expect(colluding[0] == colluding[1])
    #expect(zip(colluding[0] ?? [], [2, -1] as [Float]).allSatisfy { abs($0 - $1) == 100 })
    let noise = lies(GaussianLies())
    #expect(noise[0] != noise[1])
    for attack in AggregationAttacks.all {
      #expect(attack.lies(honest: honest, byzantine: 0, against: aggregator, using: &generator).isEmpty)
    }
  }

  /// The trimmed mean cannot be moved further than by liars at the honest edge: what is left of the honest without their f smallest.
  @Test func theAdaptiveLiarFindsTheEdgeOfATrimmedMean() throws {
    let (n, f, d) = (15, 3, 10)
    let honest = honest(n - f, d, seed: 5)
    let aggregator = try Aggregator(rule: .trimmedMean(trim: f), byzantine: f)
    let mean = try Aggregator(rule: .mean).aggregate(honest).values
    var generator: any RandomNumberGenerator = SeededGenerator(seed: 6)
    func damage(_ attack: any AggregationAttack) throws -> Double {
      let lies = attack.lies(honest: honest, byzantine: f, against: aggregator, using: &generator).compactMap { $0 }
      return squaredDistance(try aggregator.aggregate(honest + lies).values, mean)
    }
    let extreme = try [Float.greatestFiniteMagnitude, -.greatestFiniteMagnitude].map { far in
      let lies = Array(repeating: Array(repeating: far, count: d), count: f)
      return squaredDistance(try aggregator.aggregate(honest + lies).values, mean)
    }
    let found = try damage(AdaptiveLies())
    #expect(found >= (extreme.max() ?? 0) * (1 - 1e-6))
    for attack in AggregationAttacks.all where attack.name != "adaptive" {
      #expect(try damage(attack) <= found * (1 + 1e-6), "\(attack.name)")
    }
  }

  /// Liars that are still inside every coordinate's honest range cannot be told by their range.
  @Test func edgesAreWithinTheHonestRange() throws {
    let honest = honest(12, 10, seed: 8)
    let aggregator = try Aggregator(rule: .trimmedMean(trim: 3), byzantine: 3)
    var generator: any RandomNumberGenerator = SeededGenerator(seed: 9)
    let lie = try #require(
      AdaptiveLies(evaluations: 2).lies(honest: honest, byzantine: 3, against: aggregator, using: &generator)[0])
    for k in lie.indices {
      let column = honest.map { $0[k] }
      #expect(lie[k] >= column.min() ?? 0 && lie[k] <= column.max() ?? 0)
    }
  }
}
