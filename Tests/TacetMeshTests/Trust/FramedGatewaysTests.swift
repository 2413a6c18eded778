import Foundation
import SeededGenerator
import TacetInference
import TacetPolicy
import TacetTrust
import Testing

/// Three of seven gateways are told other releases than the rest, and three others lie: the policy's `trim`.
@Suite struct FramedGatewaysTests {
  private enum Framing: CaseIterable {
    /// A camera tells them something else.
    case lyingCamera
    /// No release reaches them in time.
    case delayingNetwork
  }

  private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
  private static let names = (1...7).map { "gateway/\($0)" }
  private static let framed: Set = ["gateway/1", "gateway/2", "gateway/3"]
  private static let liars: Set = ["gateway/4", "gateway/5", "gateway/6"]

  private let model: ModelPack
  private let policy: Policy

  init() throws {
    model = try ModelPack.load(from: Self.project.appending(path: "Fixtures/models/traffic-counts"))
    policy = try Policy.load(from: Self.project.appending(path: "Policies/traffic.yaml"))
  }

  private func told(_ framing: Framing, in place: [Int: [Float]], using generator: inout SeededGenerator) -> [Int:
    [Float]]
  {
    switch framing {
    case .lyingCamera:
      place.merging([7: place[7]?.map { _ in Bool.random(using: &generator) ? 512 : -512 } ?? []]) { $1 }
    case .delayingNetwork: [:]
    }
  }

  /// 60 steps in which all are told the same, then 100 in which they are not.
  /// - Returns: who is in quarantine at the first site in the end, and at how many steps the result was out of the range of the honest.
  private func play(_ framing: Framing, comparesInputs: Bool) throws -> (quarantined: Set<String>, outside: Int) {
    var generator = SeededGenerator(seed: 5)
    var book = TrustBook(founders: Self.names, parameters: policy.trust.parameters, at: Date())
    var (history, other): ([[Int: [Float]]], [[Int: [Float]]]) = ([], [])
    var outside = 0
    for step in 0..<160 {
      let now = Dictionary(
        uniqueKeysWithValues: model.manifest.sites.indices.map { site in
          (site, (0..<model.manifest.cutDimension).map { _ in Float.random(in: 0...4, using: &generator) })
        })
      history.append(now)
      other.append(step < 60 ? now : told(framing, in: now, using: &generator))
      history = history.suffix(model.manifest.history)
      other = other.suffix(model.manifest.history)
      guard history.count == model.manifest.history else { continue }
      let (true_, framed) = (try model.encode(history: history), try model.encode(history: other))
      // They begin when those who would outvote them are gone.
      let lie = Self.framed.isSubset(of: book.quarantined(for: .answer))
      var answers: [String: [Float]] = [:]
      var inputs: [String: [UInt8]] = [:]
      for name in Self.names {
        let made = Self.framed.contains(name) ? framed : true_
        answers[name] = lie && Self.liars.contains(name) ? made.rows[0].map { $0 + 4 } : made.rows[0]
        inputs[name] = made.inputs
      }
      let verdict = book.judge(
        answers, madeFrom: comparesInputs ? inputs : [:], dimension: model.encodingDimension,
        in: TrustRound(.answer, members: Set(Self.names), at: Date()))
      let isOutside = (verdict.result ?? []).enumerated().contains { place, value in
        let range = [true_.rows[0][place], framed.rows[0][place]]
        return value < range.min() ?? 0 - 1e-3 || value > (range.max() ?? 0) + 1e-3
      }
      if isOutside { outside += 1 }
    }
    return (book.quarantined(for: .answer), outside)
  }

  @Test(arguments: Framing.allCases) private func whoIsToldOtherThingsIsNoLiar(framing: Framing) throws {
    let outcome = try play(framing, comparesInputs: true)
    #expect(outcome.quarantined.isEmpty && outcome.outside == 0)
    // Without knowing what they answer from the three are taken for liars, and the others win.
    let blind = try play(framing, comparesInputs: false)
    #expect(blind.quarantined.isSuperset(of: Self.framed))
  }
}
