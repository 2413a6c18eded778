import Foundation
import Logging
import TacetInference
import TacetLog
import TacetPolicy
import TacetPrivacy
import TacetRefresh
import TacetWire
import Testing

@testable import TacetMesh

/// What a site says in a refresh, and what a refresh may not do to its forecasts.
@Suite final class SiteRefreshTests {
  private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
  private let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
  private let model: ModelPack
  private let feed: SensorFeed
  private let refresh: Policy.Refresh
  private let ledger: PrivacyLedger
  private let signer: NoteSigner

  init() throws {
    try FileManager.default.createDirectory(at: folder.appending(path: "state"), withIntermediateDirectories: true)
    model = try ModelPack.load(from: Self.project.appending(path: "Fixtures/models/traffic-counts"))
    let recordings = try SiteRecordings.load(from: Self.project.appending(path: "Fixtures/traffic/test.npy"))
    feed = try #require(try recordings.feeds(of: model.manifest).first)
    let text = try String(contentsOf: Self.project.appending(path: "Policies/traffic.yaml"), encoding: .utf8)
    let policy = folder.appending(path: "policy.yaml")
    try text.replacing("every: 2760", with: "every: 30").write(to: policy, atomically: true, encoding: .utf8)
    refresh = try #require(try Policy.load(from: policy).refresh)
    ledger = try PrivacyLedger.open(folder: folder.appending(path: "ledger"), create: true)
    signer = try NoteSigner(name: "models.example")
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private var state: URL { folder.appending(path: "state") }

  private func site() throws -> SiteRefresh {
    try SiteRefresh(
      site: "site-1", device: "camera/site-1", model: model, policy: refresh, key: signer.verifier, state: state,
      ledger: ledger,
      schedule: Schedule(
        start: Date(timeIntervalSince1970: 1_800_000_000), tick: .seconds(1), steps: nil, stepsPerRun: feed.stepsPerRun),
      codec: MessageCodec(bytes: 1024), journal: Journal(in: folder), logger: Logger(label: "test"))
  }

  /// What a site says in so many steps.
  private func said(_ site: SiteRefresh, _ steps: Int, isWitnessed: Bool) async throws -> [[Message]] {
    var said: [[Message]] = []
    for step in 0..<steps {
      said.append(await site.messages(at: step, isWitnessed: isWitnessed))
      if let window = feed.window(at: step) { _ = try await site.forecast(window: window, step: step) }
    }
    return said
  }

  /// A ledger that was put back has its budget twice: nothing is charged to it before a gateway has seen it.
  @Test(arguments: [false, true]) func nothingIsReleasedBeforeAGatewayHasSeenTheLedger(isWitnessed: Bool) async throws {
    try await ledger.setBudget(Budget(epsilon: 10, delta: 1e-6, window: nil), for: "camera/site-1")
    let said = try await said(try site(), 70, isWitnessed: isWitnessed)
    #expect(said.joined().count { $0.kind == .update } == (isWitnessed ? 2 : 0))
    let charges = try await ledger.summaries().first { $0.device == "camera/site-1" }?.charges
    #expect(charges == (isWitnessed ? 2 : 0))
    // On the wire it is the same.
    let other = try await self.said(try site(), 70, isWitnessed: !isWitnessed)
    #expect(said.map(\.count) == other.map(\.count))
  }

  /// A step has a slot for one message beside the release.
  @Test func aStepHasOneMessageOfARefresh() async throws {
    let said = try await said(try site(), 70, isWitnessed: true)
    #expect(said.allSatisfy { $0.count <= 1 })
    #expect(said.joined().count { $0.kind == .student } > 2)
  }

  /// A student that cannot be kept is not taken, and the one in force goes on.
  @Test func aFolderThatCannotBeWrittenTakesNoForecast() async throws {
    let log = ModelLog(file: folder.appending(path: "models.log"), key: signer.verifier)
    let head = try StudentHead(horizon: model.manifest.horizon, features: model.studentFeatures)
    _ = try log.publish(head, of: model.manifest.model, student: model.studentDigest, at: Date(), signer: signer)
    var shelf = try StudentShelf(
      model: model, key: signer.verifier, file: state.appending(path: "student.json"), canary: refresh.canary)
    _ = try shelf.learn(try #require(try log.newest(of: model.manifest.model)))
    let site = try site()
    try FileManager.default.removeItem(at: state)
    for step in 0..<(3 * refresh.canary) {
      guard let window = feed.window(at: step) else { continue }
      let forecast = try await site.forecast(window: window, step: step)
      #expect(forecast == (try model.studentForecast(window: window, site: "site-1")))
    }
  }
}
