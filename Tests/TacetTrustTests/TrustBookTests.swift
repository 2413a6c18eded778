import Foundation
import SeededGenerator
import TacetTrust
import Testing

/// A book over a few gateways, and rounds in which all are asked.
struct Mesh {
  static let time = Date(timeIntervalSince1970: 1_800_000_000)

  var book: TrustBook
  let members: Set<String>
  var capability = Capability.answer

  static var parameters: TrustParameters {
    TrustParameters(trim: 1, threshold: 0.35, forgetting: 0.95, tolerance: 0.5)
  }

  init(_ peers: [String] = ["a", "b", "c"], parameters: TrustParameters = Self.parameters) {
    book = TrustBook(founders: peers, parameters: parameters, at: Self.time)
    members = Set(peers)
  }

  var quarantined: Set<String> { book.quarantined(for: capability) }
  var scores: [String: Double] { book.scores(for: capability) }

  mutating func judge(
    _ answers: [String: [Float]], dimension: Int = 1, by agreement: VectorAgreement = .tolerance
  ) -> TrustVerdict<[Float]> {
    let round = TrustRound(capability, members: members, at: Self.time)
    return book.judge(answers, dimension: dimension, by: agreement, in: round)
  }
}

@Suite struct TrustBookTests {
  @Test func aNewcomerIsHeardWithAnEvenScore() {
    let mesh = Mesh()
    #expect(mesh.scores == ["a": 0.5, "b": 0.5, "c": 0.5])
    #expect(mesh.quarantined.isEmpty)
  }

  @Test func aLiarIsQuarantinedWithinTenRoundsAndTheHonestNever() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      var mesh = Mesh()
      for round in 0..<200 {
        let truth = (0..<16).map { _ in Float.random(in: -1...1, using: &generator) }
        // One honest peer missed something: its answer differs a little.
        let near = truth.map { $0 + Float.random(in: -0.1...0.1, using: &generator) }
        let verdict = mesh.judge(["a": truth, "b": truth.map { $0 + 4 }, "c": near], dimension: 16)
        #expect(verdict.result != nil)
        #expect(!mesh.quarantined.contains("a") && !mesh.quarantined.contains("c"))
        if round >= 10 {
          #expect(mesh.quarantined == ["b"])
          #expect(verdict.accepted == ["a", "c"])
        }
      }
    }
  }

  @Test func aReformedPeerReturns() {
    var mesh = Mesh()
    for _ in 0..<50 { _ = mesh.judge(["a": [1], "b": [50], "c": [1]]) }
    #expect(mesh.quarantined == ["b"])
    for _ in 0..<50 { _ = mesh.judge(["a": [1], "b": [1], "c": [1]]) }
    #expect(mesh.quarantined.isEmpty)
  }

  @Test func latePeersLoseLittle() {
    var mesh = Mesh(["a", "b", "c", "d"])
    for _ in 0..<500 { _ = mesh.judge(["a": [1], "b": [1], "d": [1]]) }
    #expect(mesh.quarantined.isEmpty)
    #expect((mesh.scores["c"] ?? 0) < (mesh.scores["a"] ?? 0))
  }

  /// While the others are late, a liar neither decides nor gains trust.
  @Test func aLiarAmongFewDoesNotDecide() {
    var mesh = Mesh()
    for answers in [["b": [50 as Float]], ["b": [50], "a": [1]]] {
      for _ in 0..<20 { #expect(mesh.judge(answers).result == nil) }
    }
    #expect(mesh.scores["b"] == 0.5)
    // Once it is known, one honest answer is enough.
    for _ in 0..<10 { _ = mesh.judge(["a": [1], "b": [50], "c": [1]]) }
    #expect(mesh.judge(["a": [1], "b": [50]]).result == [1])
  }

  @Test func notFiniteAndMisshapenAnswersAreLies() {
    var mesh = Mesh()
    for _ in 0..<20 {
      let verdict = mesh.judge(["a": [1, 2], "b": [.nan, 2], "c": [1, 2]], dimension: 2)
      #expect(verdict.result == [1, 2])
      #expect(!verdict.accepted.contains("b"))
    }
    #expect(mesh.quarantined == ["b"])
    for _ in 0..<60 { _ = mesh.judge(["a": [1, 2], "b": [1, 2], "c": [1]], dimension: 2) }
    #expect(mesh.quarantined == ["c"])
  }

  /// What length is right is not for the peers to say.
  @Test func aCrowdWithAnotherLengthMakesNobodyALiar() {
    var mesh = Mesh(["a", "b", "c", "d", "e"])
    for _ in 0..<60 {
      let verdict = mesh.judge(["a": [1, 2], "b": [1, 2], "c": [7], "d": [7], "e": [7]], dimension: 2)
      #expect(verdict.result == [1, 2])
    }
    #expect(mesh.quarantined == ["c", "d", "e"])
  }

  @Test func nobodyHeardMeansNoAggregateAndNoJudgement() {
    var mesh = Mesh()
    #expect(mesh.judge([:]).result == nil)
    #expect(mesh.scores.values.allSatisfy { $0 == 0.5 })
    #expect(mesh.judge(["stranger": [1]]).result == nil)
  }

  @Test func onlyThoseAskedAreJudged() {
    var book = Mesh(["a", "b", "c", "d"]).book
    let round = TrustRound(.answer, members: ["a", "b", "c", "d"], asked: ["a", "b", "c", "x"], at: Mesh.time)
    let verdict = book.judge(["a": [1], "b": [1], "c": [9], "d": [9]], dimension: 1, in: round)
    #expect(verdict.result == [1] && verdict.accepted == ["a", "b", "c"])
    #expect(book.record(of: "d", for: .answer) == TrustRecord())
    #expect(book.record(of: "x", for: .answer) == nil)
    // What was seen of an answer says nothing of a release.
    #expect(book.scores(for: .release).values.allSatisfy { $0 == 0.5 })
  }

  @Test func agreementIsHeldToItsRange() {
    var reputation = Reputation()
    reputation.observe(agreement: .nan, forgetting: 0.9)
    reputation.observe(agreement: -5, forgetting: 0.9)
    #expect(reputation.support == 0)
    reputation.observe(agreement: 100, forgetting: 0.9)
    #expect(reputation.support == 1)
  }
}
