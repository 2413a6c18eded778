import Foundation
import TacetInference
import TacetPolicy
import Testing

@testable import TacetAudit

/// What liars send in a refresh is heard, and what nobody can be heard of changes nothing. Without noise, so that nothing is drawn.
@Suite struct RefreshTrialTests {
  private func trial(_ changes: [String: String] = [:]) throws -> RefreshTrial {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var text = try String(contentsOf: project.appending(path: "Policies/traffic.yaml"), encoding: .utf8)
    for (old, new) in changes { text = text.replacing(old, with: new) }
    let file = folder.appending(path: "policy.yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    let refresh = try #require(try Policy.load(from: file).refresh)
    return try RefreshTrial(
      model: ModelPack.load(from: project.appending(path: "Fixtures/models/traffic-counts")),
      recordings: SiteRecordings.load(from: project.appending(path: "Fixtures/traffic/grown.npy")),
      split: RefreshTrial.Split(devices: 0..<8, holdOut: 8..<10, test: 10..<12),
      parameters: refresh.parameters.with(steps: 230, clip: 16), aggregator: refresh.aggregator)
  }

  @Test func whatLiarsSendIsHeard() throws {
    let trial = try trial()
    let silent = try trial.play(isNoised: false, liars: 2) { _, own, _ in own.map { _ in nil } }
    let turned = try trial.play(isNoised: false, liars: 2) { _, own, _ in own.map { $0.map { -$0 } } }
    let honest = try trial.play(isNoised: false, liars: 2) { _, own, _ in own }
    #expect(turned.after != silent.after && honest.after != turned.after)
    #expect(try trial.play(isNoised: false).after == honest.after)
    #expect(honest.after < honest.before)
  }

  /// Three parts are left out at either end, and three of eight say nothing: five are too few, as at a node.
  @Test func aRoundInWhichTooFewAreHeardLeavesTheHead() throws {
    let trial = try trial(["  trim: 2 # parts": "  trim: 3 # parts", "byzantine: 2 #": "byzantine: 3 #"])
    let silent = try trial.play(isNoised: false, liars: 3) { _, own, _ in own.map { _ in nil } }
    #expect(silent.after == silent.before && silent.published == 0)
  }
}
