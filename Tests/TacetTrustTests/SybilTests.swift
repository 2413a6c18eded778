import Foundation
import SeededGenerator
import TacetTrust
import Testing

/// A crowd that was enrolled at once has its batch's share of the weight and no more, and cannot move a result out of the honest range.
@Suite struct SybilTests {
  private static let day = 86_400.0

  /// Founders of mixed score, and a crowd that has earned all trust there is.
  private func book(founders: Int, crowd: Int, using generator: inout SeededGenerator) -> TrustBook {
    var book = Mesh((0..<founders).map { "f\($0)" }).book
    for number in 0..<crowd {
      let seen = Mesh.time.addingTimeInterval(10 * Self.day + Double.random(in: 0..<Self.day / 2, using: &generator))
      book.admit("s\(number)", issuer: "one", at: seen)
    }
    for peer in book.peers {
      for _ in 0..<Int.random(in: 0...60, using: &generator) + (peer.hasPrefix("s") ? 40 : 0) {
        let agreement = peer.hasPrefix("s") || Bool.random(using: &generator) ? 1 : Evidence.agreementOfLate
        book.observe(
          Evidence(.distance, agreement: agreement, reason: "seen", at: Mesh.time), of: peer, for: .answer)
      }
    }
    return book
  }

  @Test func aBatchHoldsItsShareAtMost() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<300 {
      let book = book(
        founders: Int.random(in: 1...5, using: &generator), crowd: Int.random(in: 1...60, using: &generator),
        using: &generator)
      let weights = book.weights(of: book.peers, for: .answer)
      let total = weights.values.reduce(0, +)
      let crowd = weights.filter { $0.key.hasPrefix("s") }.values.reduce(0, +)
      #expect(crowd <= 0.2 * total * (1 + 1e-9))
      // Founders keep what they have.
      for peer in book.peers where peer.hasPrefix("f") {
        #expect(weights[peer] == book.record(of: peer, for: .answer)?.weight(Mesh.parameters))
      }
    }
  }

  @Test func severalBatchesHoldAShareEach() {
    var book = Mesh().book
    for number in 0..<30 {
      let seen = Mesh.time.addingTimeInterval(Double(number / 10 + 1) * 2 * Self.day + Double(number % 10))
      book.admit("s\(number)", issuer: "one", at: seen)
      // Of the same days, by another authority.
      book.admit("t\(number)", issuer: "two", at: seen)
    }
    let weights = book.weights(of: book.peers, for: .answer)
    let total = weights.values.reduce(0, +)
    #expect(total > 0)
    for day in 0..<3 {
      for prefix in ["s", "t"] {
        let batch = (0..<10).map { weights["\(prefix)\(day * 10 + $0)"] ?? 0 }.reduce(0, +)
        #expect(batch <= 0.2 * total * (1 + 1e-9))
      }
    }
  }

  /// Nobody can choose when this node first sees it, nor which key issued its certificate.
  @Test func theFirstIssuerAndTimeStay() {
    var book = Mesh().book
    book.admit("s", at: Mesh.time)
    book.admit("s", issuer: "one", at: Mesh.time.addingTimeInterval(Self.day * 9))
    book.admit("s", issuer: "two", at: Mesh.time.addingTimeInterval(Self.day * 99))
    #expect(book.enrolment(of: "s") == Enrolment(firstSeen: Mesh.time, isFounding: false, issuer: "one"))
    #expect(book.enrolment(of: "a")?.isFounding == true)
  }

  @Test(arguments: [3, 4, 7]) func aCrowdLeavesTheResultInTheHonestRange(founders: Int) {
    var generator = SeededGenerator(seed: UInt64(founders))
    var decided = 0
    for _ in 0..<300 {
      var book = book(founders: founders, crowd: Int.random(in: 2...80, using: &generator), using: &generator)
      let lie = Float.random(in: -1e6...1e6, using: &generator)
      var answers: [String: [Float]] = [:]
      for peer in book.peers {
        answers[peer] = peer.hasPrefix("f") ? [Float.random(in: -1...1, using: &generator)] : [lie]
      }
      let honest = answers.filter { $0.key.hasPrefix("f") }.values.flatMap { $0 }
      let verdict = book.judge(
        answers, dimension: 1, in: TrustRound(.answer, members: book.peers, at: Mesh.time))
      guard let result = verdict.result?.first else { continue }
      decided += 1
      #expect(result >= honest.min() ?? 0 && result <= honest.max() ?? 0, "\(lie)")
    }
    #expect(decided > 200)
  }

  /// Also while the founders are late: those who are there then are a crowd, and do not decide.
  @Test func aCrowdAmongFewDoesNotDecide() {
    var generator = SeededGenerator(seed: 2)
    var book = book(founders: 3, crowd: 40, using: &generator)
    let crowd = book.peers.filter { $0.hasPrefix("s") }
    let round = TrustRound(.answer, members: book.peers, at: Mesh.time)
    var answers = Dictionary(uniqueKeysWithValues: crowd.map { ($0, [7 as Float]) })
    #expect(book.judge(answers, dimension: 1, in: round).result == nil)
    let before = book.scores(for: .answer)
    answers["f0"] = [1]
    #expect(book.judge(answers, dimension: 1, in: round).result?.first ?? 1 == 1)
    #expect(book.scores(for: .answer)["f0"] ?? 0 >= (before["f0"] ?? 0) * 0.9)
  }

  /// Liars that let themselves be caught do not make another one beside them harmless.
  @Test(arguments: [[], [Float.nan]] as [[Float]]) func aCrowdThatExposesItselfShieldsNoLiar(nonsense: [Float]) {
    var generator = SeededGenerator(seed: 6)
    var book = book(founders: 3, crowd: 20, using: &generator)
    for _ in 0..<60 {
      let answers = Dictionary(
        uniqueKeysWithValues: book.peers.map { peer -> (String, [Float]) in
          (peer, peer == "f0" ? [1e6] : peer.hasPrefix("f") ? [1] : nonsense)
        })
      let verdict = book.judge(answers, dimension: 1, in: TrustRound(.answer, members: book.peers, at: Mesh.time))
      #expect(verdict.result == [1])
    }
    #expect(book.quarantined(for: .answer) == book.peers.subtracting(["f1", "f2"]))
  }

  @Test func aCrowdDoesNotDecideAVote() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<200 {
      var book = book(founders: 3, crowd: Int.random(in: 2...80, using: &generator), using: &generator)
      let votes = Dictionary(uniqueKeysWithValues: book.peers.map { ($0, $0.hasPrefix("f") ? "green" : "red") })
      let verdict = book.judge(votes: votes, in: TrustRound(.answer, members: book.peers, at: Mesh.time))
      #expect(verdict.result == "green")
      #expect(book.quarantined(for: .answer).isDisjoint(with: ["f0", "f1", "f2"]))
    }
  }

  /// A mesh that is new as a whole works: weights are relative.
  @Test func foundersAllNewWorkFromTheFirstRound() {
    var mesh = Mesh()
    #expect(mesh.judge(["a": [1], "b": [1], "c": [1]]).result == [1])
  }

  /// A gateway that replaces another later is heard, and the rest goes on.
  @Test func aReplacementIsHeardBesideTheOthers() {
    var book = Mesh().book
    var members: Set = ["a", "b", "c"]
    for _ in 0..<30 {
      _ = book.judge(
        ["a": [1], "b": [1], "c": [1]], dimension: 1, in: TrustRound(.answer, members: members, at: Mesh.time))
    }
    book.admit("d", issuer: "one", at: Mesh.time.addingTimeInterval(9 * Self.day))
    members = ["a", "b", "d"]
    for round in 0..<60 {
      // One of the founders is late now and then.
      var answers: [String: [Float]] = ["a": [1], "b": [1], "d": [1]]
      if round % 5 == 4 { answers["b"] = nil }
      let verdict = book.judge(answers, dimension: 1, in: TrustRound(.answer, members: members, at: Mesh.time))
      #expect((verdict.result == [1]) == (answers.count == 3))
    }
    #expect(book.record(of: "d", for: .answer)?.standing == .trusted)
    #expect(book.record(of: "b", for: .answer)?.standing == .trusted)
  }
}
