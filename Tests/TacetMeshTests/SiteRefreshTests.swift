import Foundation
import Logging
import TacetInference
import TacetLog
import TacetPolicy
import TacetPrivacy
import TacetRefresh
import TacetTrust
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
    // Short rounds, and less noise than a sum has to say.
    try text.replacing("every: 2760", with: "every: 30").replacing("clip: 4", with: "clip: 64")
      .replacing("passages: 26", with: "passages: 1").replacing("scale: 1872", with: "scale: 64").replacing(
        "byzantine: 2", with: "byzantine: 2\n  canary: 5"
      )
      .write(to: policy, atomically: true, encoding: .utf8)
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
  private func said(_ site: SiteRefresh, _ steps: Range<Int>, isWitnessed: Bool) async throws -> [[Message]] {
    var said: [[Message]] = []
    for step in steps {
      said.append(await site.messages(at: step, isWitnessed: isWitnessed))
      if let window = feed.window(at: step) { _ = try await site.forecast(window: window, step: step) }
    }
    return said
  }

  /// A ledger that was put back has its budget twice: nothing is charged to it before a gateway has seen it.
  @Test(arguments: [false, true]) func nothingIsReleasedBeforeAGatewayHasSeenTheLedger(isWitnessed: Bool) async throws {
    try await ledger.setBudget(Budget(epsilon: 1000, delta: 1e-6, window: nil), for: "camera/site-1")
    let said = try await said(try site(), 0..<70, isWitnessed: isWitnessed)
    #expect(said.joined().count { $0.kind == .update } == (isWitnessed ? 2 : 0))
    let charges = try await ledger.summaries().first { $0.device == "camera/site-1" }?.charges
    #expect(charges == (isWitnessed ? 2 : 0))
    // On the wire it is the same.
    let other = try await self.said(try site(), 0..<70, isWitnessed: !isWitnessed)
    #expect(said.map(\.count) == other.map(\.count))
  }

  /// A step has a slot for one message beside the release.
  @Test func aStepHasOneMessageOfARefresh() async throws {
    let said = try await said(try site(), 0..<70, isWitnessed: true)
    #expect(said.allSatisfy { $0.count <= 1 })
    #expect(said.joined().count { $0.kind == .student } > 2)
  }

  private var log: ModelLog { ModelLog(file: folder.appending(path: "models.log"), key: signer.verifier) }

  /// Publishes a head that adds so much to each forecast; the site knows of it from before.
  private func publish(adding offset: Float) throws {
    let features = model.studentFeatures
    let coefficients = (0..<(model.manifest.horizon * features)).map { $0 % features == 0 ? offset : 0 }
    let head = try StudentHead(horizon: model.manifest.horizon, features: features, coefficients: coefficients)
    _ = try log.publish(head, of: model.manifest.model, student: model.studentDigest, at: Date(), signer: signer)
    var shelf = try StudentShelf(
      model: model, key: signer.verifier, file: state.appending(path: "student.json"), canary: refresh.canary)
    _ = try shelf.learn(try #require(try log.newest(of: model.manifest.model)))
  }

  /// Which head it found good follows from what it saw; what it says must not.
  @Test(arguments: [0, 36]) func whatASiteSaysIsOfThePublishedHeadThatItRefused(first: Int) async throws {
    try publish(adding: 50)
    try await ledger.setBudget(Budget(epsilon: 1000, delta: 1e-6, window: nil), for: "camera/site-1")
    let site = try site()
    let update = try #require(try await said(site, first..<70, isWitnessed: true).joined().last { $0.kind == .update })
    let window = try #require(feed.window(at: 70))
    let forecast = try await site.forecast(window: window, step: 70)
    #expect(forecast == (try model.studentForecast(window: window, site: "site-1")), "it was not refused")
    guard case .int16(let values, _, _) = update.payload else { throw CancellationError() }
    // With 50 % too much in each forecast all samples say: less. 24 to 30 steps of 22 grid units each, the noise's deviation is 64.
    let steps = stride(from: 0, to: values.count, by: model.studentFeatures).map { values[$0] }
    #expect(update.detail == "1" && steps.allSatisfy { (-1100 ... -250).contains($0) }, "\(steps)")
  }

  @Test func aDeviceSpeaksOnceInARoundAndOfTheNewestHead() async throws {
    let trust = try TrustRegister(
      in: folder, peers: ["camera/site-1"],
      parameters: TrustParameters(trim: 2, threshold: 0.3, forgetting: 0.95, tolerance: 0.5),
      logger: Logger(label: "test"))
    let desk = try RefreshDesk(
      model: model, policy: refresh, trust: trust, devices: ["camera/site-1"],
      holdOut: SiteRecordings.load(from: Self.project.appending(path: "Fixtures/traffic/test.npy")), log: log,
      signer: signer, schedule: Schedule(start: Date(), tick: .seconds(1), steps: nil, stepsPerRun: feed.stepsPerRun),
      codec: MessageCodec(bytes: 1024), journal: Journal(in: folder), logger: Logger(label: "test"))
    let part = [Int16](repeating: 1, count: model.manifest.horizon * model.studentFeatures)
    func accept(_ revision: String, _ device: String, _ step: Int) async -> Message.Status {
      await desk.accept(part, revision: revision, from: device, step: step)
    }
    #expect(await accept("1", "camera/site-1", 32) == .unavailable)
    #expect(await accept("00", "camera/site-1", 32) == .unavailable)
    #expect(await accept("0", "camera/site-1", 31) == .unavailable)
    #expect(await accept("0", "camera/site-1", 32) == .ok)
    #expect(await accept("0", "camera/site-1", 32) == .unavailable)
    #expect(await accept("0", "camera/site-2", 32) == .ok)
    await desk.conclude(0)
    #expect(await accept("0", "camera/site-3", 32) == .unavailable)
    // Two are too few for two liars: nothing was published.
    #expect(try log.versions().isEmpty)
  }

  /// A student that cannot be kept is not taken, and the one in force goes on.
  @Test func aFolderThatCannotBeWrittenTakesNoForecast() async throws {
    try publish(adding: 0)
    let site = try site()
    try FileManager.default.removeItem(at: state)
    for step in 0..<(3 * refresh.canary) {
      guard let window = feed.window(at: step) else { continue }
      let forecast = try await site.forecast(window: window, step: step)
      #expect(forecast == (try model.studentForecast(window: window, site: "site-1")))
    }
  }
}
