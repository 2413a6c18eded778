import SeededGenerator
import TacetTrust
import Testing

@Suite struct WeightedAggregationTests {
  private typealias Ballot = WeightedTrimmedMean.Ballot

  @Test func withEqualWeightsItIsTheTrimmedMean() throws {
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<500 {
      let count = Int.random(in: 1...9, using: &generator)
      let trim = Int.random(in: 0...(count - 1) / 2, using: &generator)
      let vectors = (0..<count).map { _ in (0..<4).map { _ in Float.random(in: -9...9, using: &generator) } }
      let expected = try Aggregator(rule: .trimmedMean(trim: trim)).aggregate(vectors).values
      let result = try WeightedTrimmedMean(trimmed: Double(trim)).aggregate(vectors.map { Ballot($0, weight: 1) })
      for (one, other) in zip(result, expected) { #expect(abs(one - other) <= 1e-5) }
    }
  }

  @Test func aWeightIsCutByTheBorder() throws {
    // Of the weight 4 one is left out at either end: half of the first, all of the last but one half.
    let ballots = [Ballot([0], weight: 2), Ballot([10], weight: 0.5), Ballot([20], weight: 1.5)]
    let result = try WeightedTrimmedMean(trimmed: 1).aggregate(ballots)
    #expect(result == [Float((0 * 1 + 10 * 0.5 + 20 * 0.5) / 2)])
  }

  /// Whatever liars of no more weight than is trimmed say, each coordinate stays within the honest range.
  @Test func liarsOfTheTrimmedWeightCannotLeaveTheHonestRange() throws {
    var generator = SeededGenerator(seed: 10)
    for _ in 0..<3000 {
      let honest = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        Ballot(
          (0..<3).map { _ in Float.random(in: -2...2, using: &generator) },
          weight: Double.random(in: 0.1...1, using: &generator))
      }
      let mass = honest.reduce(0) { $0 + $1.weight }
      // All of the liars' weight is trimmed, and a little less than the honest have.
      let trimmed = mass * Double.random(in: 0...0.95, using: &generator)
      var rest = trimmed
      var ballots = honest
      while rest > 1e-6 {
        let weight = min(rest, Double.random(in: 0.05...1, using: &generator))
        rest -= weight
        ballots.append(
          Ballot((0..<3).map { _ in Float.random(in: -1e30...1e30, using: &generator) }, weight: weight))
      }
      let result = try WeightedTrimmedMean(trimmed: trimmed).aggregate(ballots.shuffled(using: &generator))
      for coordinate in 0..<3 {
        let range = honest.map { $0.values[coordinate] }
        #expect(result[coordinate] >= (range.min() ?? 0).nextDown && result[coordinate] <= (range.max() ?? 0).nextUp)
      }
    }
  }

  /// Sums of weights are rounded: what that leaves of a liar's value must not count.
  @Test func roundingLetsNoHugeValueThrough() throws {
    var generator = SeededGenerator(seed: 77)
    for _ in 0..<2000 {
      let weights = (0..<5).map { _ in Double.random(in: 0.1...1, using: &generator) }
      let liar = weights.max() ?? 0
      let ballots = weights.map { Ballot([1], weight: $0) } + [Ballot([3e38], weight: liar), Ballot([1], weight: liar)]
      #expect(try WeightedTrimmedMean(trimmed: liar).aggregate(ballots.shuffled(using: &generator)) == [1])
    }
  }

  @Test func refusesWhatItCannotAggregate() {
    #expect(throws: AggregationError.nothingToAggregate) { try WeightedTrimmedMean(trimmed: 0).aggregate([]) }
    #expect(throws: AggregationError.nothingToAggregate) {
      try WeightedTrimmedMean(trimmed: 1).aggregate([Ballot([1], weight: 2)])
    }
    for weight in [0, -1, .nan, .infinity] as [Double] {
      #expect(throws: AggregationError.nothingToAggregate) {
        try WeightedTrimmedMean(trimmed: 0).aggregate([Ballot([1], weight: weight)])
      }
    }
    #expect(throws: AggregationError.lengthsDiffer(index: 1, length: 1, expected: 2)) {
      try WeightedTrimmedMean(trimmed: 0).aggregate([Ballot([1, 2], weight: 1), Ballot([1], weight: 1)])
    }
    #expect(throws: AggregationError.notFinite(index: 0)) {
      try WeightedTrimmedMean(trimmed: 0).aggregate([Ballot([.nan], weight: 1)])
    }
  }

  @Test func theHeaviestClassWinsAndOfEqualOnesTheLeast() {
    var vote = WeightedVote<String>()
    #expect(vote.winner == nil && !vote.isSettled(outstanding: 0))
    vote.add("red", weight: 1)
    vote.add("green", weight: 1)
    #expect(vote.winner == "green" && vote.margin == 0 && !vote.isSettled(outstanding: 0))
    vote.add("red", weight: 0.5)
    vote.add("green", weight: -4)
    vote.add("green", weight: .nan)
    #expect(vote.winner == "red" && vote.margin == 0.5)
    #expect(vote.isSettled(outstanding: 0.4) && !vote.isSettled(outstanding: 0.5))
  }

  /// A vote that is settled stays so, whatever comes.
  @Test func aSettledVoteIsTheFinalOne() {
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<2000 {
      var vote = WeightedVote<Int>()
      var rest = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
        (Int.random(in: 0...2, using: &generator), Double.random(in: 0...1, using: &generator))
      }
      while let (one, weight) = rest.popLast() {
        vote.add(one, weight: weight)
        guard vote.isSettled(outstanding: rest.reduce(0) { $0 + $1.1 }) else { continue }
        var end = vote
        for (one, weight) in rest { end.add(one, weight: weight) }
        #expect(end.winner == vote.winner)
      }
    }
  }
}
