import Foundation
import SeededGenerator
import TacetTrust
import Testing

/// Who decides what reaches an honest peer cannot make a liar of it.
@Suite struct FramingTests {
  /// What liars do, knowing everything. The inputs of the honest are all alike, or as somebody else has split them.
  private enum Plan: CaseIterable {
    case asTheFramed, asTheRest, asNobody, eachItsOwn, nearTheFramed
  }

  private static func digest(_ number: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32)
  }

  /// Groups of the honest have heard other things, which the attacker chose; the liars claim the inputs of one group or their own.
  @Test func noSplitOfTheHonestAndNoLiarPutsAnHonestPeerInQuarantine() {
    var generator = SeededGenerator(seed: 11)
    for plan in Plan.allCases {
      for (count, liars) in [(3, 1), (5, 2), (7, 3), (7, 2), (9, 3)] {
        var parameters = Mesh.parameters
        parameters.trim = liars
        let names = (0..<count).map { "p\($0)" }
        var mesh = Mesh(names, parameters: parameters)
        let groups = Int.random(in: 1...count - liars, using: &generator)
        for round in 0..<200 {
          let truths = (0..<groups).map { _ in (0..<4).map { _ in Float.random(in: -9...9, using: &generator) } }
          var answers: [String: [Float]] = [:]
          var inputs: [String: [UInt8]] = [:]
          for (place, name) in names.dropFirst(liars).enumerated() {
            answers[name] = truths[place % groups]
            inputs[name] = Self.digest(place % groups)
          }
          for (place, name) in names.prefix(liars).enumerated() {
            let lie = truths[0].map { -2 * $0 + 5 }
            (answers[name], inputs[name]) =
              switch plan {
              case .asTheFramed: (lie, Self.digest(groups - 1))
              case .asTheRest: (lie, Self.digest(0))
              case .asNobody: (lie, Self.digest(100))
              case .eachItsOwn: (lie.map { $0 + Float(place) }, Self.digest(200 + place))
              case .nearTheFramed: (truths[groups - 1].map { $0 + 0.2 }, Self.digest(0))
              }
          }
          let verdict = mesh.book.judge(
            answers, madeFrom: inputs, dimension: 4, in: TrustRound(.answer, members: mesh.members, at: Mesh.time))
          let where_ = "\(plan), \(liars) of \(count) lie, \(groups) groups, round \(round)"
          #expect(mesh.quarantined.isSubset(of: names.prefix(liars)), "\(where_)")
          for name in names.dropFirst(liars) {
            let seen = mesh.book.record(of: name, for: .answer)?.evidence ?? []
            #expect(seen.allSatisfy { $0.agreement >= Evidence.agreementOfLate }, "\(where_)")
          }
          for (coordinate, value) in (verdict.result ?? []).enumerated() {
            let range = names.dropFirst(liars).compactMap { answers[$0]?[coordinate] }
            #expect(value >= (range.min() ?? 0).nextDown && value <= (range.max() ?? 0).nextUp, "\(where_)")
          }
        }
      }
    }
  }

  /// Seven, of which two may lie: five of the same inputs are enough to tell who lies, four of them and one that heard something else too.
  @Test func aLiarOfTheSameInputsIsFoundThoughOneHeardSomethingElse() {
    var parameters = Mesh.parameters
    parameters.trim = 2
    var mesh = Mesh(["a", "b", "c", "d", "e", "x", "y"], parameters: parameters)
    let answers: [String: [Float]] = ["a": [1], "b": [1], "c": [1], "d": [1], "e": [3], "x": [7], "y": [-7]]
    var inputs = answers.mapValues { _ in Self.digest(1) }
    inputs["e"] = Self.digest(2)
    for _ in 0..<40 {
      _ = mesh.book.judge(
        answers, madeFrom: inputs, dimension: 1, in: TrustRound(.answer, members: mesh.members, at: Mesh.time))
    }
    #expect(mesh.quarantined == ["x", "y"])
    let evidence = mesh.book.record(of: "e", for: .answer)?.evidence ?? []
    #expect(evidence.map(\.kind) == [.inputs] && (0.5..<0.9).contains(mesh.scores["e"] ?? 0))
  }

  /// A liar that claims inputs of its own is not found, and gains nothing: a newcomer stays one.
  @Test func whoClaimsInputsOfItsOwnGainsNothing() {
    var mesh = Mesh(["a", "b", "c", "x"])
    for _ in 0..<200 {
      let answers: [String: [Float]] = ["a": [1], "b": [1], "c": [1], "x": [9]]
      let inputs = ["a": Self.digest(1), "b": Self.digest(1), "c": Self.digest(1), "x": Self.digest(9)]
      let verdict = mesh.book.judge(
        answers, madeFrom: inputs, dimension: 1, in: TrustRound(.answer, members: mesh.members, at: Mesh.time))
      #expect(verdict.result == [1])
    }
    #expect(mesh.book.standings(for: .answer)["x"] == .newcomer && mesh.book.standings(for: .answer)["a"] == .trusted)
    #expect(mesh.scores["x"] == 0.5)
  }

  /// Other inputs that lead to much the same are no reason to doubt: a release was missed.
  @Test func aMissedReleaseThatMattersLittleCostsNothing() {
    var mesh = Mesh()
    for _ in 0..<30 {
      _ = mesh.book.judge(
        ["a": [1], "b": [1], "c": [1.2]], madeFrom: ["a": Self.digest(1), "b": Self.digest(1), "c": Self.digest(2)],
        dimension: 1, in: TrustRound(.answer, members: mesh.members, at: Mesh.time))
    }
    #expect(mesh.book.standings(for: .answer).values.allSatisfy { $0 == .trusted })
  }

  @Test func whoVotesFromOtherInputsIsNoLiar() {
    var mesh = Mesh(["a", "b", "c", "e", "x"])
    let inputs = [
      "a": Self.digest(1), "b": Self.digest(1), "c": Self.digest(1), "e": Self.digest(2), "x": Self.digest(1),
    ]
    let round = TrustRound(.answer, members: mesh.members, at: Mesh.time)
    for turn in 0..<120 {
      let votes = ["a": 1, "b": 1, "c": 1, "e": turn % 2 == 0 ? 2 : 1, "x": turn % 2 == 0 ? 1 : 2]
      #expect(mesh.book.judge(votes: votes, madeFrom: inputs, in: round).result == 1)
    }
    let evidence = mesh.book.record(of: "e", for: .answer)?.evidence ?? []
    #expect(evidence.allSatisfy { $0.agreement >= Evidence.agreementOfLate })
    #expect(mesh.book.record(of: "x", for: .answer)?.evidence.contains { $0.agreement == 0 } == true)
    #expect(!mesh.quarantined.contains("e"))
  }
}
