import SeededGenerator
import TacetTrust
import Testing

@Suite struct TrimmedMeanTests {
  @Test func leavesOutTheExtremesOfEachCoordinate() throws {
    let result = try TrimmedMean(trim: 1).aggregate([[1, 100], [2, 3], [-50, 4], [3, 5], [4, -7]])
    #expect(result == [2, 4])
  }

  @Test func withoutTrimItIsTheMean() throws {
    #expect(try TrimmedMean(trim: 0).aggregate([[1, 2], [3, 4]]) == [2, 3])
  }

  @Test(arguments: 1...4) func trimsAsMuchAsFewVectorsAllow(count: Int) throws {
    let vectors = (1...count).map { [Float($0)] }
    let median = Float(count + 1) / 2
    #expect(try TrimmedMean(trim: 10).aggregate(vectors) == [median])
  }

  @Test func largeValuesDoNotOverflow() throws {
    let huge = Float.greatestFiniteMagnitude
    #expect(try TrimmedMean(trim: 0).aggregate([[huge], [huge], [huge]]) == [huge])
  }

  @Test func refusesWhatItCannotAggregate() {
    #expect(throws: AggregationError.nothingToAggregate) { try TrimmedMean(trim: 1).aggregate([]) }
    #expect(throws: AggregationError.notFinite(index: 1)) { try TrimmedMean(trim: 1).aggregate([[1], [.nan], [2]]) }
    #expect(throws: AggregationError.notFinite(index: 2)) {
      try TrimmedMean(trim: 1).aggregate([[1], [1], [-.infinity]])
    }
    #expect(throws: AggregationError.lengthsDiffer(index: 1, length: 1, expected: 2)) {
      try TrimmedMean(trim: 1).aggregate([[1, 2], [1]])
    }
  }

  /// Whatever `trim` liars say, each coordinate stays within the honest range.
  @Test func liarsCannotMoveItOutOfTheHonestRange() throws {
    var generator = SeededGenerator(seed: 20_261_123)
    for _ in 0..<2000 {
      let liars = Int.random(in: 0...3, using: &generator)
      let honest = (0..<(liars + 1 + Int.random(in: 0...4, using: &generator))).map { _ in
        (0..<5).map { _ in Float.random(in: -2...2, using: &generator) }
      }
      let lies = (0..<liars).map { _ in
        (0..<5).map { _ in Float.random(in: -1e30...1e30, using: &generator) }
      }
      let result = try TrimmedMean(trim: liars).aggregate((honest + lies).shuffled(using: &generator))
      for coordinate in 0..<5 {
        let range = honest.map { $0[coordinate] }
        #expect(result[coordinate] >= (range.min() ?? 0).nextDown && result[coordinate] <= (range.max() ?? 0).nextUp)
      }
    }
  }
}
