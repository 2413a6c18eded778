import SeededGenerator
import TacetTrust
import Testing

@Suite struct TrustBookTests {
  private func book() -> TrustBook {
    TrustBook(
      peers: ["a", "b", "c"], rule: TrimmedMean(trim: 1), threshold: 0.35, forgetting: 0.95, tolerance: 0.5)
  }

  @Test func aNewcomerIsHeardWithAnEvenScore() {
    let book = book()
    #expect(book.scores == ["a": 0.5, "b": 0.5, "c": 0.5])
    #expect(book.quarantined.isEmpty)
  }

  @Test func aLiarIsQuarantinedWithinTenRoundsAndTheHonestNever() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      var book = book()
      for round in 0..<200 {
        let truth = (0..<16).map { _ in Float.random(in: -1...1, using: &generator) }
        // One honest peer missed something: its answer differs a little.
        let near = truth.map { $0 + Float.random(in: -0.1...0.1, using: &generator) }
        let verdict = book.judge(answers: ["a": truth, "b": truth.map { $0 + 4 }, "c": near])
        #expect(verdict.aggregate != nil)
        #expect(!book.quarantined.contains("a") && !book.quarantined.contains("c"))
        if round >= 10 {
          #expect(book.quarantined == ["b"])
          #expect(verdict.accepted == ["a", "c"])
        }
      }
    }
  }

  @Test func aReformedPeerReturns() {
    var book = book()
    for _ in 0..<50 { _ = book.judge(answers: ["a": [1], "b": [50], "c": [1]]) }
    #expect(book.quarantined == ["b"])
    for _ in 0..<50 { _ = book.judge(answers: ["a": [1], "b": [1], "c": [1]]) }
    #expect(book.quarantined.isEmpty)
  }

  @Test func latePeersLoseLittle() {
    var book = TrustBook(
      peers: ["a", "b", "c", "d"], rule: TrimmedMean(trim: 1), threshold: 0.35, forgetting: 0.95, tolerance: 0.5)
    for _ in 0..<500 { _ = book.judge(answers: ["a": [1], "b": [1], "d": [1]]) }
    #expect(book.quarantined.isEmpty)
    #expect((book.scores["c"] ?? 0) < (book.scores["a"] ?? 0))
  }

  /// While the others are late, a liar neither decides nor gains trust.
  @Test func aLiarAmongFewDoesNotDecide() {
    var book = book()
    for answers in [["b": [50 as Float]], ["b": [50], "a": [1]]] {
      for _ in 0..<20 { #expect(book.judge(answers: answers).aggregate == nil) }
    }
    #expect(book.scores["b"] == 0.5)
    // Once it is known, one honest answer is enough.
    for _ in 0..<10 { _ = book.judge(answers: ["a": [1], "b": [50], "c": [1]]) }
    #expect(book.judge(answers: ["a": [1], "b": [50]]).aggregate == [1])
  }

  @Test func notFiniteAndMisshapenAnswersAreLies() {
    var book = book()
    for _ in 0..<20 {
      let verdict = book.judge(answers: ["a": [1, 2], "b": [.nan, 2], "c": [1, 2]])
      #expect(verdict.aggregate == [1, 2])
      #expect(!verdict.accepted.contains("b"))
    }
    #expect(book.quarantined == ["b"])
    for _ in 0..<60 { _ = book.judge(answers: ["a": [1, 2], "b": [1, 2], "c": [1]]) }
    #expect(book.quarantined == ["c"])
  }

  @Test func nobodyHeardMeansNoAggregateAndNoJudgement() {
    var book = book()
    #expect(book.judge(answers: [:]).aggregate == nil)
    #expect(book.scores.values.allSatisfy { $0 == 0.5 })
    #expect(book.judge(answers: ["stranger": [1]]).aggregate == nil)
  }

  @Test func agreementIsHeldToItsRange() {
    var reputation = Reputation(forgetting: 0.9)
    reputation.observe(agreement: .nan)
    reputation.observe(agreement: -5)
    #expect(reputation.support == 0)
    reputation.observe(agreement: 100)
    #expect(reputation.support == 1)
  }
}
