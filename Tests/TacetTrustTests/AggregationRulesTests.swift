import SeededGenerator
import TacetTrust
import Testing

@Suite struct AggregationRulesTests {
  /// Each rule, as it is set up for f liars.
  static func rules(_ f: Int) -> [AggregationRule] {
    [
      .mean, .median, .trimmedMean(trim: f), .krum(byzantine: f), .multiKrum(byzantine: f),
      .multiKrum(byzantine: f, selected: 2), .geometricMedian(smoothing: 0.1, iterations: 3), .geometricMedian(),
      .centredClipping(radius: 2), .centredClipping(radius: 0.5, iterations: 4),
    ]
  }

  static func vectors(_ n: Int, _ d: Int, seed: UInt64, in range: ClosedRange<Float> = -2...2) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<n).map { _ in (0..<d).map { _ in Float.random(in: range, using: &generator) } }
  }

  @Test func knownAnswers() throws {
    let vectors: [[Float]] = [[1, 100], [2, 3], [-50, 4], [3, 5], [4, -7]]
    func aggregate(_ rule: AggregationRule) throws -> [Float] { try Aggregator(rule: rule).aggregate(vectors).values }
    #expect(try aggregate(.mean) == [-8, 21])
    #expect(try aggregate(.median) == [2, 4])
    #expect(try aggregate(.trimmedMean(trim: 1)) == [2, 4])
    #expect(try aggregate(.trimmedMean(trim: 2)) == [2, 4])
    #expect(try aggregate(.krum(byzantine: 1)) == [2, 3])
    #expect(try aggregate(.multiKrum(byzantine: 1, selected: 2)) == [2.5, 4])
    let line: [[Float]] = [[0], [1], [2], [50]]
    #expect(try Aggregator(rule: .median).aggregate(line).values == [1.5])
    #expect(try Aggregator(rule: .centredClipping(radius: 1)).aggregate(line).values == [1.5])
    // Mixed for one liar: 1, 1, 1 and the mean of 1, 2 and 50.
    #expect(try Aggregator(rule: .median, mixing: 1).aggregate(line).values == [1])
    #expect(try Aggregator(rule: .mean, mixing: 1).aggregate(line).values == [(3 + Float(53) / 3) / 4])
  }

  /// The point from which the directions to the corners of a triangle sum to nothing (Fermat's) is known.
  @Test func theGeometricMedianIsFermatsPoint() throws {
    let triangle: [[Float]] = [[0, 0], [4, 0], [2, 3]]
    let result = try Aggregator(rule: .geometricMedian(iterations: 200)).aggregate(triangle).values
    #expect(abs(result[0] - 2) < 1e-5 && abs(result[1] - 2 / Float(3).squareRoot()) < 1e-5)
  }

  /// Beside the definitions, written out one number after the other.
  @Test(arguments: [1, 2, 3, 5, 8, 16, 17, 33, 47])
  func everyRuleIsAsDefined(n: Int) throws {
    let vectors = Self.vectors(n, 71, seed: UInt64(n))
    let f = max(0, (n - 3) / 2)
    for mixing in [nil, 0, f] {
      for rule in Self.rules(min(f, max(0, n / 5))) where n >= 2 || rule != .multiKrum(byzantine: 0, selected: 2) {
        let aggregator = try Aggregator(rule: rule, mixing: mixing)
        let wanted = PlainRules(vectors).aggregate(aggregator)
        let result = try aggregator.aggregate(vectors).values
        #expect(
          zip(result, wanted).allSatisfy { abs(Double($0) - $1) <= 1e-6 }, "\(rule), n = \(n), mixing \(mixing ?? -1)")
        #expect(result.count == 71)
      }
    }
  }

  /// Few different numbers, so that ties are everywhere, and sums are exact: the sorting networks of every size leave nothing out.
  @Test func mediansAndTrimmedMeansAreExactForEveryNumberOfVectors() throws {
    var generator = SeededGenerator(seed: 3)
    for n in Array(1...133) + [255, 256, 257, 300, 513, 1025] {
      let vectors = (0..<n).map { _ in (0..<40).map { _ in Float(Int.random(in: -3...3, using: &generator)) } }
      for trim in Set([0, 1, n / 5, n / 3, (n - 1) / 2]) where 2 * trim < n {
        for rule in [.median, .trimmedMean(trim: trim)] as [AggregationRule] {
          let aggregator = try Aggregator(rule: rule)
          let wanted = PlainRules(vectors).aggregate(aggregator).map { Float($0) }
          #expect(try aggregator.aggregate(vectors).values == wanted, "\(rule), n = \(n)")
        }
      }
    }
  }

  /// A comparator network sorts every input if it sorts every input of zeros and ones (Knuth, 5.3.4): all 2^16 of them.
  @Test func theNetworkOfSixteenSortsAllZerosAndOnes() throws {
    let vectors = (0..<16).map { row in (0..<(1 << 16)).map { Float($0 >> row & 1) } }
    for trim in 0..<8 {
      let result = try Aggregator(rule: .trimmedMean(trim: trim)).aggregate(vectors).values
      for (column, value) in result.enumerated() {
        let ones = min(max(column.nonzeroBitCount - trim, 0), 16 - 2 * trim)
        guard value != Float(Double(ones) / Double(16 - 2 * trim)) else { continue }
        Issue.record("trim \(trim), column \(column): \(value)")
        return
      }
    }
  }

  @Test func numbersAtTheEdgesAreRight() throws {
    let huge = Float.greatestFiniteMagnitude
    let tiny = Float.leastNonzeroMagnitude
    for rule in Self.rules(0) {
      for value in [huge, -huge, tiny, 0] {
        let result = try Aggregator(rule: rule).aggregate([[value], [value], [value]]).values
        #expect(result == [value], "\(rule) of \(value)")
      }
      let result = try Aggregator(rule: rule, mixing: 1).aggregate([[huge], [-huge], [huge], [-huge]]).values
      #expect(result[0].isFinite, "\(rule)")
    }
    #expect(try Aggregator(rule: .median).aggregate([[huge], [huge], [-huge], [huge]]).values == [huge])
    #expect(try Aggregator(rule: .median).aggregate([[tiny], [3 * tiny]]).values == [2 * tiny])
    #expect(try Aggregator(rule: .trimmedMean(trim: 1)).aggregate([[-0.0], [0], [-huge]]).values == [0])
    #expect(try Aggregator(rule: .median).aggregate([[7]]).values == [7])
  }

  /// They lie at 10,000, and what tells them apart is far below: in 32-bit products of them nothing would be left of it.
  @Test func nearlyEqualUpdatesDoNotCancel() throws {
    var generator = SeededGenerator(seed: 11)
    let d = 2000
    let common = (0..<d).map { _ in Float.random(in: 9_990...10_010, using: &generator) }
    var vectors = (0..<100).map { _ in common.map { $0 + Float.random(in: -0.01...0.01, using: &generator) } }
    // The liars are a little further from everybody, honest or not, than the honest are.
    for liar in [17, 63] { vectors[liar] = common.map { $0 + Float.random(in: -0.02...0.02, using: &generator) } }
    let kept = try Aggregator(rule: .multiKrum(byzantine: 2), byzantine: 2).aggregate(vectors).values
    let honest = vectors.indices.filter { $0 != 17 && $0 != 63 }.map { vectors[$0] }
    #expect(kept == (try Aggregator(rule: .mean).aggregate(honest).values))
    let best = try Aggregator(rule: .krum(byzantine: 2), byzantine: 2).aggregate(vectors).values
    #expect(honest.contains(best))
  }

  /// They are whole numbers about 10⁷, and each vector has changed a few of them by one: products of such numbers lose that in double too.
  @Test func whatIsLostInProductsOfDoublesIsFound() throws {
    var generator = SeededGenerator(seed: 12)
    var taken = 0
    for trial in 0..<50 {
      let liar = trial % 5
      let common = (0..<4000).map { _ in Float(Int.random(in: 9_000_000...16_000_000, using: &generator)) }
      let vectors = (0..<5).map { row in
        var vector = common
        for change in 0..<(row == liar ? 6 : 2) { vector[131 * (6 * row + change)] += 1 }
        return vector
      }
      if Self.bestByProducts(vectors, byzantine: 1) == liar { taken += 1 }
      let best = try Aggregator(rule: .krum(byzantine: 1), byzantine: 1).aggregate(vectors).values
      #expect(best != vectors[liar] && vectors.contains(best), "trial \(trial)")
    }
    #expect(taken > 0, "products tell these apart: choose harder ones")
  }

  /// Krum's choice where distances are ‖x‖² + ‖y‖² − 2 x·y of the vectors as they are.
  private static func bestByProducts(_ vectors: [[Float]], byzantine: Int) -> Int? {
    func product(_ x: [Float], _ y: [Float]) -> Double { zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    let squares = vectors.map { product($0, $0) }
    let scores = vectors.indices.map { i in
      vectors.indices.filter { $0 != i }.map { squares[i] + squares[$0] - 2 * product(vectors[i], vectors[$0]) }
        .sorted().prefix(vectors.count - byzantine - 1).reduce(0, +)
    }
    return vectors.indices.min { scores[$0] < scores[$1] }
  }

  /// One lie far away does not hide what tells the others apart.
  @Test func aFarLieDoesNotMakeTheOthersEqual() throws {
    var vectors = Self.vectors(20, 50, seed: 5)
    vectors[3] = Array(repeating: 1e30, count: 50)
    let near = vectors.enumerated().filter { $0.offset != 3 }.map(\.element)
    let rule = AggregationRule.krum(byzantine: 1)
    let wanted = PlainRules(near).aggregate(try Aggregator(rule: .krum(byzantine: 0)))
    #expect(try Aggregator(rule: rule, byzantine: 1).aggregate(vectors).values == wanted.map { Float($0) })
  }

  @Test func theResultDoesNotDependOnTheKernelOrTheThreads() throws {
    var generator = SeededGenerator(seed: 9)
    for n in [1, 4, 7, 33, 70] {
      var vectors = Self.vectors(n, 1500, seed: UInt64(n))
      vectors[0] = vectors[0].map { _ in Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &generator)) }
      for rule in Self.rules(max(0, n / 5)) where n >= 2 || rule != .multiKrum(byzantine: 0, selected: 2) {
        for mixing in [nil, n / 3] {
          let aggregator = try Aggregator(rule: rule, mixing: mixing)
          let outcomes = try OrderKernel.all.flatMap { kernel in
            try [1, 2, 5].map { threads in
              try aggregator.aggregate(Vectors(vectors), threads: threads, kernel: kernel).values.map(\.bitPattern)
            }
          }
          #expect(Set(outcomes).count == 1, "\(rule), n = \(n)")
        }
      }
    }
  }

  /// Vectors in memory are copied once, and then read where they are; those of a file are copied each time.
  @Test(arguments: [5, 33, 300]) func theResultDoesNotDependOnWhereTheVectorsLie(n: Int) throws {
    let vectors = Self.vectors(n, 2500, seed: UInt64(n))
    for rule in [.geometricMedian(), .centredClipping(radius: 0.5, iterations: 4)] as [AggregationRule] {
      let aggregator = try Aggregator(rule: rule)
      let result = try aggregator.aggregate(vectors).values
      let copied = try aggregator.aggregate(Vectors(rows: vectors.map(CopiedRow.init))).values
      #expect(result.map(\.bitPattern) == copied.map(\.bitPattern), "\(rule)")
      let some = vectors.enumerated().map { $0 % 2 == 0 ? CopiedRow(values: $1) : Vectors([$1]).rows[0] }
      #expect(try aggregator.aggregate(Vectors(rows: some)).values == result, "\(rule)")
    }
  }

  @Test func theOrderOfVectorsDoesNotMatter() throws {
    var generator = SeededGenerator(seed: 21)
    let vectors = Self.vectors(23, 64, seed: 22)
    for rule in Self.rules(4) {
      let aggregator = try Aggregator(rule: rule, mixing: 3)
      let first = try aggregator.aggregate(vectors).values
      let second = try aggregator.aggregate(vectors.shuffled(using: &generator)).values
      #expect(zip(first, second).allSatisfy { abs($0 - $1) <= 1e-6 }, "\(rule)")
    }
  }

  /// Moved by the same, or turned round: the result is moved or turned round likewise. Whole numbers, so that it is exact but for the result.
  @Test func theResultMovesWithTheVectors() throws {
    let vectors = Self.vectors(23, 64, seed: 23).map { $0.map { ($0 * 1000).rounded() } }
    for rule in Self.rules(4) {
      let aggregator = try Aggregator(rule: rule)
      let still = try aggregator.aggregate(vectors).values
      let moved = try aggregator.aggregate(vectors.map { $0.map { $0 + 5000 } }).values
      let turned = try aggregator.aggregate(vectors.map { $0.map { -$0 } }).values
      #expect(zip(still, moved).allSatisfy { abs($0 + 5000 - $1) <= 0.01 }, "\(rule)")
      #expect(zip(still, turned).allSatisfy { abs($0 + $1) <= 0.001 }, "\(rule)")
    }
  }

  /// Whatever the liars say, each coordinate of the median and the trimmed mean stays within the honest range.
  @Test func liarsCannotMoveItOutOfTheHonestRange() throws {
    var generator = SeededGenerator(seed: 20_261_127)
    for _ in 0..<1000 {
      let liars = Int.random(in: 0...4, using: &generator)
      let honest = (0..<(liars + 1 + Int.random(in: 0...4, using: &generator))).map { _ in
        (0..<5).map { _ in Float.random(in: -2...2, using: &generator) }
      }
      let lies = (0..<liars).map { _ in
        (0..<5).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
      }
      for rule in [.median, .trimmedMean(trim: liars)] as [AggregationRule] {
        let result = try Aggregator(rule: rule, byzantine: liars).aggregate((honest + lies).shuffled(using: &generator))
        for coordinate in 0..<5 {
          let range = honest.map { $0[coordinate] }
          #expect(result.values[coordinate] >= range.min() ?? 0 && result.values[coordinate] <= range.max() ?? 0)
        }
      }
    }
  }
}

/// Numbers that have no address.
private struct CopiedRow: VectorRow {
  let values: [Float]
  var count: Int { values.count }

  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason? {
    values[places].withUnsafeBytes { VectorCopy.floats($0, to: target) }
  }
}
