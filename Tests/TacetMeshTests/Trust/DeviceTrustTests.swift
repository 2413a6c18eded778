import Foundation
import Logging
import TacetInference
import TacetLog
import TacetPolicy
import TacetPrivacy
import TacetTransport
import TacetTrust
import TacetWire
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// What a gateway learns of a device from what that shows it of its ledger.
@Suite final class DeviceTrustTests {
  private static let device = "camera/site-1"
  private let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
  private let policy: Policy
  private let trust: TrustRegister
  private let gateway: Gateway
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  init() throws {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    policy = try Policy.load(from: project.appending(path: "Policies/strict.yaml"))
    trust = try TrustRegister(
      in: folder, peers: [Self.device], parameters: policy.trust.parameters, logger: logger)
    gateway = try Gateway(
      models: [ModelPack.load(from: project.appending(path: "Fixtures/models/traffic"))], policy: policy,
      schedule: Schedule(start: Date(), tick: .seconds(60), steps: nil, stepsPerRun: 115),
      witness: DeviceWitness(folder: WitnessFolder(folder.appending(path: "witness"))), trust: trust,
      deadlines: DeadlineMeter(), refusals: RefusalLog(), journal: try Journal(in: folder), drill: nil, logger: logger)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func ledger(_ name: String) throws -> PrivacyLedger {
    try PrivacyLedger.open(folder: folder.appending(path: name), create: true)
  }

  private func charge(_ ledger: PrivacyLedger, _ count: Int, as prefix: String) async throws {
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    _ = try await ledger.record(
      device: Self.device, releases: (0..<count).map { ("\(prefix)-\($0)", parameters, 4) })
  }

  /// Shows a ledger until the gateway has said something to it.
  private func show(_ ledger: PrivacyLedger) async throws {
    let codec = try MessageCodec(bytes: policy.message.bytes)
    let shown = WitnessedLedger(device: Self.device, ledger: ledger, codec: codec, logger: logger)
    let id = try SPIFFEID(trustDomain: TrustDomain(policy.trustDomain), path: Self.device)
    let peer = PeerIdentity(id: id, notAfter: Date(timeIntervalSinceNow: 3600), serial: "01")
    for _ in 0..<5 {
      let message = try #require(await shown.messages(to: ["g"], step: 0, site: "site-1")["g"])
      let reply = await gateway.answer(message, from: peer, cutoff: .now)
      _ = await shown.take(reply.message, to: message, from: "g", as: id)
      guard case .checkpoint(let kept) = reply.message.payload, case .checkpoint(let sent) = message.payload,
        reply.message.status == .ok, kept.note != sent.note
      else { return }
    }
  }

  @Test func aLedgerThatGoesOnSpeaksForADeviceAndOneThatWasPutBackIsAProof() async throws {
    let first = try ledger("ledger")
    try await first.setBudget(Budget(epsilon: 100, delta: 1e-6, window: nil), for: Self.device)
    for round in 0..<5 {
      try await charge(first, 2, as: "a\(round)")
      try await show(first)
    }
    let kept = try #require(await trust.current.record(of: Self.device, for: .release))
    #expect(kept.evidence.map(\.kind) == [.checkpoint] && kept.evidence.first?.count == 5)
    // That its ledger goes on says nothing of its updates.
    #expect(await trust.current.record(of: Self.device, for: .refresh) == TrustRecord())

    let other = try ledger("other")
    try await other.setBudget(Budget(epsilon: 100, delta: 1e-6, window: nil), for: Self.device)
    try await charge(other, 1, as: "b")
    try await show(other)
    for capability in [Capability.release, .refresh] {
      let record = try #require(await trust.current.record(of: Self.device, for: capability))
      #expect(record.standing == .quarantine && record.evidence.last?.strength == .proof)
    }
    #expect(await trust.current.record(of: Self.device, for: .answer) == TrustRecord())
    #expect(try TrustFile.read(TrustFile.place(in: folder))?.quarantined(for: .refresh) == [Self.device])
  }
}
