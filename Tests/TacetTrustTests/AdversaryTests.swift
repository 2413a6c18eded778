import Foundation
import SeededGenerator
import TacetTrust
import Testing

/// Liars that know the rule, and that are fewer than it stands, cannot have an honest peer quarantined, and no peer moves another's score
/// but by the robust result.
@Suite struct AdversaryTests {
  /// What the liars send, knowing what the honest send.
  private enum Plan: CaseIterable {
    case farAway, atTheEdge, pushTheLowest, copyOne, misshapen, lateAndLie, alternating
  }

  private func lie(_ plan: Plan, round: Int, honest: [[Float]], using generator: inout SeededGenerator) -> [Float]? {
    let low = honest[0].indices.map { coordinate in honest.map { $0[coordinate] }.min() ?? 0 }
    let high = honest[0].indices.map { coordinate in honest.map { $0[coordinate] }.max() ?? 0 }
    switch plan {
    case .farAway: return low.map { $0 - Float.random(in: 1...1e20, using: &generator) }
    case .atTheEdge: return high
    // So that the honest one farthest off is the loner.
    case .pushTheLowest: return zip(low, high).map { $0 + ($1 - $0) * 1.5 }
    case .copyOne: return honest.randomElement(using: &generator)
    case .misshapen: return round % 2 == 0 ? [] : [.nan]
    case .lateAndLie: return round % 3 == 0 ? nil : low.map { $0 - 3 }
    case .alternating: return round / 30 % 2 == 0 ? honest[0] : low.map { -2 * $0 - 5 }
    }
  }

  @Test func liarsBelowTheTrimCannotQuarantineTheHonest() {
    var generator = SeededGenerator(seed: 2026)
    for plan in Plan.allCases {
      for count in [3, 4, 5, 7] {
        let liars = (count - 1) / 2
        var parameters = Mesh.parameters
        parameters.trim = liars
        let names = (0..<count).map { "p\($0)" }
        var mesh = Mesh(names, parameters: parameters)
        for round in 0..<250 {
          let truth = (0..<8).map { _ in Float.random(in: -1...1, using: &generator) }
          let honest = (liars..<count).map { _ in truth.map { $0 + Float.random(in: -0.1...0.1, using: &generator) } }
          var answers = Dictionary(uniqueKeysWithValues: zip(names.dropFirst(liars), honest))
          for name in names.prefix(liars) {
            answers[name] = lie(plan, round: round, honest: honest, using: &generator)
          }
          let verdict = mesh.judge(answers, dimension: 8)
          #expect(mesh.quarantined.isSubset(of: names.prefix(liars)), "\(plan), \(count) peers, round \(round)")
          for (coordinate, value) in (verdict.result ?? []).enumerated() {
            let range = honest.map { $0[coordinate] }
            #expect(value >= (range.min() ?? 0).nextDown && value <= (range.max() ?? 0).nextUp)
          }
        }
        if case .farAway = plan { #expect(mesh.quarantined == Set(names.prefix(liars))) }
      }
    }
  }

  /// What one sends changes another's evidence by the result alone: with the same result all is the same.
  @Test func anAnswerThatLeavesTheResultLeavesTheOthers() {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<200 {
      let answers: [String: [Float]] = ["a": [1], "b": [1], "c": [1.1], "x": [5]]
      var (one, other) = (Mesh(["a", "b", "c", "x"]), Mesh(["a", "b", "c", "x"]))
      var changed = answers
      changed["x"] = [Float.random(in: 2...1e30, using: &generator)]
      let (first, second) = (one.judge(answers), other.judge(changed))
      #expect(first.result == second.result)
      for peer in ["a", "b", "c"] {
        #expect(one.book.record(of: peer, for: .answer) == other.book.record(of: peer, for: .answer))
      }
    }
  }

  /// Where no class has more than a liar may weigh, a liar may have chosen it.
  @Test func aClassThatLiarsAloneMayHaveChosenDoesNotWin() {
    var mesh = Mesh()
    let round = TrustRound(.answer, members: mesh.members, at: Mesh.time)
    #expect(mesh.book.judge(votes: ["a": 3, "b": 2, "c": 1], in: round).result == nil)
    #expect(mesh.scores.values.allSatisfy { $0 == 0.5 })
    #expect(mesh.book.judge(votes: ["a": 3, "b": 2, "c": 2], in: round).result == 2)
  }

  /// Close votes are no lies: a liar that tips one does not make liars of the honest who lost it.
  @Test func aLiarThatTipsACloseVoteHurtsNobody() {
    var mesh = Mesh(["a", "b", "c", "d", "x"])
    for _ in 0..<200 {
      let round = TrustRound(.answer, members: mesh.members, at: Mesh.time)
      let verdict = mesh.book.judge(votes: ["a": 1, "b": 1, "c": 2, "d": 2, "x": 2], in: round)
      #expect(verdict.result == 2)
    }
    #expect(mesh.quarantined.isEmpty)
    for _ in 0..<60 {
      let round = TrustRound(.answer, members: mesh.members, at: Mesh.time)
      #expect(mesh.book.judge(votes: ["a": 1, "b": 1, "c": 1, "d": 1, "x": 2], in: round).result == 1)
    }
    #expect(mesh.quarantined == ["x"])
  }
}
