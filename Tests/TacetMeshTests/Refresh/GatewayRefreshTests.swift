import Foundation
import Logging
import TacetLog
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// Whose part in a refresh a gateway takes.
@Suite struct GatewayRefreshTests {
  private let bench: RefreshFixture
  private let gateway: Gateway
  private let devices = Set((1...3).map { "camera/site-\($0)" })

  init() throws {
    bench = try RefreshFixture()
    gateway = try Self.gateway(bench, refresh: bench.desk(bench.trust(devices), devices, at: 32))
  }

  private static func gateway(_ bench: RefreshFixture, refresh: RefreshDesk?) throws -> Gateway {
    try Gateway(
      models: [bench.model], policy: bench.policy,
      schedule: Schedule(
        start: Date(timeIntervalSinceNow: -3600 * 32.5), tick: .seconds(3600), steps: nil,
        stepsPerRun: bench.feed.stepsPerRun),
      witness: DeviceWitness(folder: WitnessFolder(bench.folder.appending(path: "witness"))), refresh: refresh,
      deadlines: DeadlineMeter(), refusals: RefusalLog(), journal: bench.journal, drill: nil,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func ask(_ request: Message, as path: String, of gateway: Gateway? = nil) async throws -> Message {
    let id = try SPIFFEID(trustDomain: TrustDomain(bench.policy.trustDomain), path: path)
    let peer = PeerIdentity(id: id, notAfter: Date(timeIntervalSinceNow: 3600), serial: "01")
    return await (gateway ?? self.gateway).answer(request, from: peer, cutoff: .now).message
  }

  private func update(of site: String, step: UInt64 = 32) -> Message {
    let values = [Int16](repeating: 0, count: bench.model.manifest.horizon * bench.model.studentFeatures)
    return Message(
      kind: .update, step: step, site: site, detail: "0",
      payload: .int16(values, shape: [values.count], scale: 1 / 1920))
  }

  @Test func aDeviceSpeaksForItsOwnSite() async throws {
    #expect(try await ask(update(of: "site-2"), as: "camera/site-1").status == .refused)
    #expect(try await ask(update(of: "site-99"), as: "camera/site-99").status == .refused)
    #expect(try await ask(update(of: "site-1"), as: "camera/site-1").status == .ok)
    #expect(try await ask(update(of: "site-2"), as: "camera/site-2").status == .ok)
  }

  @Test func whatIsNoPartIsNotTaken() async throws {
    var text = update(of: "site-1")
    text.payload = .uint8([1, 2], shape: [2])
    #expect(try await ask(text, as: "camera/site-1").status == .malformed)
    #expect(try await ask(update(of: "site-1", step: 30), as: "camera/site-1").status == .unavailable)
  }

  /// A ledger that was put back has its budget twice: nothing more is taken of it.
  @Test func aDeviceWhoseLedgerWasRefusedIsNotHeard() async throws {
    let shown = CheckpointPart(key: "none", note: "no note\n", from: 0, offset: 0, count: 0)
    let refused = try await ask(
      Message(kind: .checkpoint, step: 32, site: "site-1", payload: .checkpoint(shown)), as: "camera/site-1")
    #expect(refused.status == .refused)
    #expect(try await ask(update(of: "site-1"), as: "camera/site-1").status == .refused)
    #expect(try await ask(update(of: "site-2"), as: "camera/site-2").status == .ok)
  }

  /// Who does not publish cannot say what is newest; who does, and has not, can.
  @Test func onlyWhoPublishesSaysThatNothingWas() async throws {
    let question = Message(kind: .student, step: 32, site: "site-1", part: .init(index: 0, count: 4))
    #expect(try await ask(question, as: "camera/site-1").status == .unknown)
    let other = try Self.gateway(bench, refresh: nil)
    #expect(try await ask(question, as: "camera/site-1", of: other).status == .unavailable)
  }
}
