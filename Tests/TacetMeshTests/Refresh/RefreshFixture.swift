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

/// A site and a gateway of a mesh that refreshes its student in rounds of 30 steps, in a folder of its own.
final class RefreshFixture: Sendable {
  static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
  let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
  let model: ModelPack
  let feed: SensorFeed
  let policy: Policy
  let refresh: Policy.Refresh
  let ledger: PrivacyLedger
  let signer: NoteSigner
  let journal: Journal

  /// - Parameter changes: further changes of the policy's text.
  init(_ changes: [String: String] = [:]) throws {
    try FileManager.default.createDirectory(at: folder.appending(path: "state"), withIntermediateDirectories: true)
    model = try ModelPack.load(from: Self.project.appending(path: "Fixtures/models/traffic-counts"))
    let recordings = try SiteRecordings.load(from: Self.holdOut)
    feed = try #require(try recordings.feeds(of: model.manifest).first)
    policy = try Self.policy(in: folder, changes)
    refresh = try #require(policy.refresh)
    ledger = try PrivacyLedger.open(folder: folder.appending(path: "ledger"), create: true)
    signer = try NoteSigner(name: "models.example")
    journal = try Journal(in: folder)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private static var holdOut: URL { project.appending(path: "Fixtures/traffic/test.npy") }

  /// Short rounds, and less noise than a sum has to say.
  static func policy(in folder: URL, _ changes: [String: String] = [:]) throws -> Policy {
    let text = try String(contentsOf: project.appending(path: "Policies/traffic.yaml"), encoding: .utf8)
    let short = [
      "every: 2760": "every: 30", "clip: 4": "clip: 64", "passages: 26": "passages: 1", "scale: 1872": "scale: 64",
      "byzantine: 2": "byzantine: 2\n  canary: 5",
    ].merging(changes) { $1 }
    let file = folder.appending(path: "policy.yaml")
    try short.reduce(text) { text, change in
      try #require(text.contains(change.key), "no \(change.key) in the policy")
      return text.replacing(change.key, with: change.value)
    }.write(to: file, atomically: true, encoding: .utf8)
    return try Policy.load(from: file)
  }

  var state: URL { folder.appending(path: "state") }

  var log: ModelLog { ModelLog(file: folder.appending(path: "models.log"), key: signer.verifier) }

  func codec() throws -> MessageCodec { try MessageCodec(bytes: policy.message.bytes) }

  private func logger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

  func site() throws -> SiteRefresh {
    try SiteRefresh(
      site: "site-1", device: "camera/site-1", model: model, policy: refresh, key: signer.verifier, state: state,
      ledger: ledger,
      schedule: Schedule(
        start: Date(timeIntervalSince1970: 4_000_000_000), tick: .seconds(1), steps: nil, stepsPerRun: feed.stepsPerRun),
      codec: codec(), journal: journal, logger: logger())
  }

  func trust(_ devices: Set<String>) throws -> TrustRegister {
    try TrustRegister(
      in: folder, peers: devices,
      parameters: TrustParameters(
        trim: refresh.aggregator.byzantine, threshold: 0.3, forgetting: 0.95, tolerance: 0.5),
      logger: logger())
  }

  /// The gateway's desk, at a step.
  func desk(_ trust: TrustRegister, _ devices: Set<String>, at step: Int = 0) throws -> RefreshDesk {
    try RefreshDesk(
      model: model, policy: refresh, trust: trust, devices: devices, holdOut: SiteRecordings.load(from: Self.holdOut),
      log: log, signer: signer,
      schedule: Schedule(
        start: Date(timeIntervalSinceNow: -3600 * (Double(step) + 0.5)), tick: .seconds(3600), steps: nil,
        stepsPerRun: feed.stepsPerRun), codec: codec(), journal: journal, logger: logger())
  }

  /// Publishes a head that adds so much to each forecast.
  func publish(adding offset: Float) throws {
    let features = model.studentFeatures
    let coefficients = (0..<(model.manifest.horizon * features)).map { $0 % features == 0 ? offset : 0 }
    let head = try StudentHead(horizon: model.manifest.horizon, features: features, coefficients: coefficients)
    _ = try log.publish(head, of: model.manifest.model, student: model.studentDigest, at: Date(), signer: signer)
  }

  func grantBudget() async throws {
    try await ledger.setBudget(Budget(epsilon: 1000, delta: 1e-6, window: nil), for: "camera/site-1")
  }

  /// How many rounds the site has paid for.
  func charges() async throws -> Int {
    try await ledger.summaries().first { $0.device == "camera/site-1" }.map { Int($0.charges) } ?? 0
  }

  /// What a site says in so many steps, and a gateway answers to it.
  func said(
    _ site: SiteRefresh, _ steps: Range<Int>, isWitnessed: Bool = true,
    answering: (Message) async throws -> Message? = { $0.answer(.unknown) }
  ) async throws -> [[Message]] {
    var said: [[Message]] = []
    for step in steps {
      said.append(await site.messages(at: step, isWitnessed: isWitnessed))
      for message in said.last ?? [] {
        guard let answer = try await answering(message) else { continue }
        await site.take(answer, from: "gateway/gateway-1", at: step)
      }
      if let window = feed.window(at: step) { _ = try await site.forecast(window: window, step: step) }
    }
    return said
  }

  /// What a gateway answers, which knows what is in the log now.
  func answer(_ request: Message) throws -> Message? {
    let features = model.manifest.horizon * model.studentFeatures
    let text = try StudentText(coefficients: features, codec: codec())
    guard request.kind == .student else { return request.answer(.ok) }
    guard let proof = try log.newest(of: model.manifest.model), let bytes = text.bytes(proof),
      let slice = text.parts.slice(bytes, request.part)
    else { return request.answer(.unknown) }
    return request.answer(.ok, payload: .uint8(slice, shape: [slice.count]))
  }
}
