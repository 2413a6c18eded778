import TacetTrust
import Testing

@Suite struct AggregatorTests {
  private let median = AggregationRule.median

  @Test func whatIsNotAVectorOfNumbersIsLeftOutAndReported() throws {
    let vectors: [[Float]] = [[1, 2], [.nan, 2], [3, 4], [1, .infinity], [5, 6], [1], [1, 2, 3], []]
    let aggregate = try Aggregator(rule: .mean).aggregate(vectors)
    #expect(aggregate.values == [3, 4])
    #expect(
      aggregate.excluded.map(\.reason) == [
        .notFinite, .notFinite, .length(1, expected: 2), .length(3, expected: 2), .length(0, expected: 2),
      ])
    #expect(aggregate.excluded.map(\.index) == [1, 3, 5, 6, 7])
  }

  /// Anywhere: in the first block or the last column of the last one.
  @Test(arguments: AggregationRulesTests.rules(1)) func notANumberIsFoundInEveryPlace(rule: AggregationRule) throws {
    let d = 700
    var vectors = AggregationRulesTests.vectors(6, d, seed: 1)
    let wanted = try Aggregator(rule: rule.relieved(by: 1)).aggregate(vectors.filter { $0 != vectors[2] }).values
    for place in [0, 255, 256, d - 1] {
      let number = vectors[2][place]
      for bomb in [Float.nan, .infinity, -.infinity, .signalingNaN] {
        vectors[2][place] = bomb
        let aggregate = try Aggregator(rule: rule).aggregate(Vectors(vectors), threads: 2)
        #expect(aggregate.values == wanted, "\(rule), place \(place)")
        #expect(aggregate.excluded.map(\.index) == [2] && aggregate.excluded.map(\.reason) == [.notFinite])
      }
      vectors[2][place] = number
    }
  }

  @Test func whatIsLeftOutCountsAsALiar() throws {
    let rule = AggregationRule.trimmedMean(trim: 2)
    let vectors: [[Float]] = [[1], [2], [3], [1000], [.nan]]
    // Two liars among five; one shows, and among four one is trimmed at either end.
    #expect(try Aggregator(rule: rule, byzantine: 2).aggregate(vectors).values == [2.5])
    // Among three vectors, one liar is left.
    #expect(try Aggregator(rule: rule, byzantine: 2).aggregate([[1], [2], [3], [.nan]]).values == [2])
    #expect(throws: AggregationError.boundExceeded(rule: .median, byzantine: 1, vectors: 2, largest: 0, excluded: 1)) {
      try Aggregator(rule: median, byzantine: 2).aggregate([[1], [2], [.nan]])
    }
  }

  @Test func everyoneLyingIsAnErrorAndNotACrash() {
    let nothing = AggregationError.nothingToAggregate
    #expect(throws: nothing) { try Aggregator(rule: median).aggregate([]) }
    #expect(throws: nothing) { try Aggregator(rule: median).aggregate([[]]) }
    #expect(throws: nothing) { try Aggregator(rule: median).aggregate([[], []]) }
    #expect(throws: nothing) { try Aggregator(rule: median).aggregate([[.nan], [.infinity]]) }
    #expect(throws: nothing) { try Aggregator(rule: .krum(byzantine: 0)).aggregate([[.nan]]) }
  }

  @Test func aRuleStandsWhatItsSourceSays() {
    for n in 1...40 {
      #expect(AggregationRule.mean.largestByzantine(of: n) == 0)
      for rule in [.median, .geometricMedian(), .centredClipping(radius: 1)] as [AggregationRule] {
        #expect(2 * rule.largestByzantine(of: n) < n && 2 * rule.largestByzantine(of: n) + 2 >= n)
      }
      for f in 0...20 {
        #expect(AggregationRule.trimmedMean(trim: f).largestByzantine(of: n) == (2 * f < n ? f : 0))
        #expect(AggregationRule.krum(byzantine: f).largestByzantine(of: n) == (2 * f + 2 < n ? f : 0))
        #expect(AggregationRule.krum(byzantine: f).largestByzantine(of: n, mixed: true) == (2 * f < n ? f : 0))
      }
    }
  }

  @Test func moreThanTheBoundIsRefused() {
    let vectors = AggregationRulesTests.vectors(7, 3, seed: 2)
    for (rule, mixing, byzantine) in [
      (.mean, nil, 1), (.mean, 3, 1), (.median, nil, 4), (.trimmedMean(trim: 2), nil, 3),
      (.trimmedMean(trim: 4), nil, 0),
      (.krum(byzantine: 2), nil, 3), (.krum(byzantine: 3), nil, 3), (.multiKrum(byzantine: 3), nil, 0),
      (.multiKrum(byzantine: 1, selected: 8), nil, 1), (.geometricMedian(), nil, 4),
      (.multiKrum(byzantine: 2, selected: 6), nil, 2), (.multiKrum(byzantine: 3, selected: 5), 3, 3),
      (.multiKrum(byzantine: 2, selected: .max), nil, 2),
      (.centredClipping(radius: 1), nil, 4),
      (.median, 2, 3), (.median, 4, 0), (.trimmedMean(trim: .max), nil, 0), (.krum(byzantine: .max), nil, 0),
      (.median, .max / 4, 0),
    ] as [(AggregationRule, Int?, Int)] {
      #expect(throws: AggregationError.self, "\(rule), \(byzantine)") {
        try Aggregator(rule: rule, mixing: mixing, byzantine: byzantine).aggregate(vectors)
      }
    }
    for (rule, mixing, byzantine) in [
      (.median, nil, 3), (.trimmedMean(trim: 3), nil, 3), (.krum(byzantine: 2), nil, 2), (.krum(byzantine: 3), 3, 3),
    ] as [(AggregationRule, Int?, Int)] {
      #expect(throws: Never.self, "\(rule), \(byzantine)") {
        try Aggregator(rule: rule, mixing: mixing, byzantine: byzantine).aggregate(vectors)
      }
    }
  }

  /// Averaging more than are honest takes a liar in, whatever its score.
  @Test func multiKrumSelectsNoMoreThanAreHonest() throws {
    let honest = [[1], [2], [3], [4], [5]] as [[Float]]
    let lies = [[1e6], [-1e7]] as [[Float]]
    for mixing in [nil, 2] {
      func aggregate(_ selected: Int, _ vectors: [[Float]]) throws -> Aggregate {
        try Aggregator(rule: .multiKrum(byzantine: 2, selected: selected), mixing: mixing, byzantine: 2).aggregate(
          vectors)
      }
      #expect(try aggregate(5, honest + lies).values.allSatisfy { (1...5).contains($0) || mixing != nil })
      let error = AggregationError.tooManySelected(selected: 6, byzantine: 2, vectors: 7, excluded: 0)
      #expect(throws: error) { try aggregate(6, honest + lies) }
      #expect("\(error)".contains("select at most 5"))
      // One lie shows: of six vectors, one may still lie, and five are honest as before.
      #expect(try aggregate(5, honest + [[.nan], [1e6]]).excluded.count == 1)
      #expect(throws: AggregationError.tooManySelected(selected: 6, byzantine: 1, vectors: 6, excluded: 1)) {
        try aggregate(6, honest + [[.nan], [1e6]])
      }
    }
    #expect(AggregationRule.multiKrum(byzantine: 2, selected: 6).largestByzantine(of: 7) == 0)
    #expect(AggregationRule.multiKrum(byzantine: 2, selected: 6).largestByzantine(of: 8) == 2)
  }

  @Test func parametersOutOfRangeAreRefused() {
    for rule in [
      .trimmedMean(trim: -1), .krum(byzantine: -1), .multiKrum(byzantine: 0, selected: 0),
      .geometricMedian(smoothing: 0),
      .geometricMedian(smoothing: .nan), .geometricMedian(iterations: 0), .centredClipping(radius: 0),
      .centredClipping(radius: .infinity), .centredClipping(radius: 1, iterations: -1),
    ] as [AggregationRule] {
      #expect(throws: AggregationError.self) { try Aggregator(rule: rule) }
    }
    #expect(throws: AggregationError.self) { try Aggregator(rule: median, mixing: -1) }
    #expect(throws: AggregationError.self) { try Aggregator(rule: median, byzantine: -1) }
  }

  @Test func tooManyVectorsForPairsAreRefusedAndOthersAreNot() throws {
    let vectors = (0..<5000).map { [Float($0)] }
    #expect(throws: AggregationError.tooManyVectors(rule: "krum", vectors: 5000, most: 4096)) {
      try Aggregator(rule: .krum(byzantine: 1)).aggregate(vectors)
    }
    #expect(try Aggregator(rule: median).aggregate(vectors).values == [2499.5])
    #expect(try Aggregator(rule: .trimmedMean(trim: 1000)).aggregate(vectors).values == [2499.5])
  }

  @Test func integerReleasesAreExact() throws {
    let narrow: [[Int8]] = [[-128, 127], [0, 5], [100, -3]]
    #expect(try Aggregator(rule: median).aggregate(Vectors(narrow)).values == [0, 5])
    let wide: [[Int32]] = [[16_777_215, 1], [16_777_215, 2], [-16_777_215, 3]]
    #expect(try Aggregator(rule: median).aggregate(Vectors(wide)).values == [16_777_215, 2])
    let beyond: [[Int32]] = wide + [[16_777_217, 4], [.min, 4]]
    let aggregate = try Aggregator(rule: median).aggregate(Vectors(beyond))
    #expect(aggregate.values == [16_777_215, 2])
    #expect(aggregate.excluded.map(\.reason) == [.notExact, .notExact])
  }
}

extension AggregationRule {
  /// The rule that is left when so many liars were found out.
  fileprivate func relieved(by liars: Int) -> AggregationRule {
    switch self {
    case .trimmedMean(let trim): .trimmedMean(trim: trim - liars)
    case .krum(let byzantine): .krum(byzantine: byzantine - liars)
    case .multiKrum(let byzantine, let selected): .multiKrum(byzantine: byzantine - liars, selected: selected)
    case .mean, .median, .geometricMedian, .centredClipping: self
    }
  }
}
