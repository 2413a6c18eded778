import Foundation
import Synchronization
import TacetPolicy
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// The policy at the door, with the traffic mesh's own policy.
@Suite struct EnforcementTests {
  /// Answers everything, and remembers what it was asked.
  private final class Service: NodeService {
    private let kinds = Mutex<[Message.Kind]>([])
    var asked: [Message.Kind] { kinds.withLock { $0 } }

    func answer(_ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant) async -> Reply {
      kinds.withLock { $0.append(request.kind) }
      return Reply(request.answer(.ok))
    }
  }

  private let policy: Policy
  private let refusals = RefusalLog()

  init() throws {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    policy = try Policy.load(from: project.appending(path: "Policies/strict.yaml"))
  }

  private func peer(_ path: String) throws -> PeerIdentity {
    PeerIdentity(
      id: try SPIFFEID(trustDomain: TrustDomain(policy.trustDomain), path: path),
      notAfter: Date(timeIntervalSinceNow: 3600), serial: "01")
  }

  private func ask(_ kind: Message.Kind, as path: String, of service: Service = Service()) async throws -> Message {
    let door = Enforcement(policy: policy, service: service, refusals: refusals)
    return await door.exchange(Message(kind: kind, id: 7, step: 3), from: try peer(path)).message
  }

  @Test(arguments: [
    ("camera/a", Message.Kind.release), ("camera/a", .cover), ("controller/a", .query), ("controller/a", .cover),
    ("admin/a", .status), ("admin/a", .fallback), ("admin/a", .restore), ("admin/a", .audit), ("auditor/a", .audit),
    ("camera/a", .checkpoint),
  ])
  func whatARoleMayAskIsAnswered(path: String, kind: Message.Kind) async throws {
    let answer = try await ask(kind, as: path)
    #expect(answer.status == .ok)
    #expect(answer.id == 7 && answer.step == 3 && answer.kind == .answer)
    #expect(refusals.snapshot.total == 0)
  }

  @Test(arguments: [
    ("camera/a", Message.Kind.query), ("camera/a", .fallback), ("camera/a", .status), ("controller/a", .release),
    ("controller/a", .restore), ("admin/a", .release), ("admin/a", .cover), ("gateway/a", .query), ("nobody/a", .cover),
    ("camera/a", .audit), ("gateway/a", .audit), ("controller/a", .checkpoint), ("admin/a", .checkpoint),
    ("auditor/a", .restore),
  ])
  func whatItMayNotIsRefusedAndCounted(path: String, kind: Message.Kind) async throws {
    let service = Service()
    let answer = try await ask(kind, as: path, of: service)
    #expect(answer.status == .refused)
    #expect(answer.payload == .none)
    #expect(service.asked.isEmpty, "a refused request reached the node")
    #expect(refusals.snapshot.count == [.role: 1])
  }

  @Test func anAnswerIsNoRequest() async throws {
    let service = Service()
    #expect(try await ask(.answer, as: "camera/a", of: service).status == .malformed)
    #expect(service.asked.isEmpty)
  }

  /// A burst of the quota, then no more before time has passed, each peer for itself.
  @Test func moreThanTheQuotaIsRefusedAndCounted() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let text = try String(contentsOf: project.appending(path: "Policies/strict.yaml"), encoding: .utf8)
    // A tick so long that nothing comes back while the test runs.
    try text.replacing("message:\n", with: "message:\n  quota: 3\n").replacing("tick: 200ms", with: "tick: 1h")
      .write(to: file, atomically: true, encoding: .utf8)
    let service = Service()
    let door = Enforcement(policy: try Policy.load(from: file), service: service, refusals: refusals)
    var statuses: [Message.Status] = []
    for _ in 0..<5 {
      statuses.append(await door.exchange(Message(kind: .cover), from: try peer("camera/a")).message.status)
    }
    #expect(statuses == [.ok, .ok, .ok, .overQuota, .overQuota])
    #expect(await door.exchange(Message(kind: .cover), from: try peer("camera/b")).message.status == .ok)
    #expect(service.asked.count == 4)
    #expect(refusals.snapshot.count == [.quota: 2])
  }
}
