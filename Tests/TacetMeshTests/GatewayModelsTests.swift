import Foundation
import Logging
import TacetInference
import TacetLog
import TacetPolicy
import TacetPrivacy
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// A gateway that serves two models: a request names which, and none of them is told apart by anything but the answer's content.
@Suite struct GatewayModelsTests {
  private let folder: URL
  private let policy: Policy
  private let schedule: Schedule
  private let gateway: Gateway

  init() throws {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    policy = try Policy.load(from: project.appending(path: "Policies/strict.yaml"))
    schedule = Schedule(start: Date(), tick: .seconds(60), steps: nil, stepsPerRun: 115)
    gateway = try Gateway(
      models: try ["traffic", "tiny"].map {
        try ModelPack.load(from: project.appending(path: "Fixtures/models/\($0)"))
      },
      policy: policy, schedule: schedule,
      witness: DeviceWitness(folder: WitnessFolder(folder.appending(path: "witness"))), deadlines: DeadlineMeter(),
      refusals: RefusalLog(),
      journal: try Journal(in: folder), drill: nil, logger: Logger(label: "test"))
  }

  private func ask(_ request: Message, as path: String) async throws -> Reply {
    let id = try SPIFFEID(trustDomain: TrustDomain(policy.trustDomain), path: path)
    let peer = PeerIdentity(id: id, notAfter: Date(timeIntervalSinceNow: 3600), serial: "01")
    return await gateway.answer(request, from: peer, cutoff: .now)
  }

  private func encoding(of model: String) async throws -> Reply {
    try await ask(Message(kind: .query, step: 0, site: "site-1", model: model), as: "controller/site-1")
  }

  private func dimension(_ reply: Reply) -> Int? {
    guard case .float32(let values, _) = reply.message.payload else { return nil }
    return values.count
  }

  /// The first model is meant where none is named; each has a cache of its own.
  @Test func aRequestNamesItsModel() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let replies = [
      try await encoding(of: "tiny"), try await encoding(of: ""), try await encoding(of: "traffic"),
      try await encoding(of: "tiny"),
    ]
    #expect(replies.map(\.trace) == ["miss/tiny", "miss/traffic", "hit/traffic", "hit/tiny"])
    #expect(replies.map(\.message.status) == [.ok, .ok, .ok, .ok])
    #expect(dimension(replies[0]) == 2 && dimension(replies[1]) == dimension(replies[2]))
    #expect(dimension(replies[1]) != 2)
  }

  /// Whoever goes away while the releases of a step are still to come does not make the gateway look at what there is.
  @Test func whoTakesAQueryBackSeesNothing() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let id = try SPIFFEID(trustDomain: TrustDomain(policy.trustDomain), path: "controller/site-1")
    let peer = PeerIdentity(id: id, notAfter: Date(timeIntervalSinceNow: 3600), serial: "01")
    let query = Message(kind: .query, step: 0, site: "site-1", model: "tiny")
    let asking = Task { [gateway] in await gateway.answer(query, from: peer, cutoff: .now + .seconds(60)) }
    asking.cancel()
    #expect(await asking.value.message.status == .unavailable)
    #expect(try await encoding(of: "tiny").trace == "miss/tiny")
  }

  @Test func aModelThatIsNotThereIsUnknown() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try await encoding(of: "other").message.status == .unknown)
    let release = Message(
      kind: .release, site: "site-1", model: "other", payload: .int16([1, 2], shape: [2], scale: 1))
    #expect(try await ask(release, as: "camera/site-1").message.status == .unknown)
  }

  /// A release is taken in for the model it names, once a step, and of that model's shape.
  @Test func aReleaseIsForItsModel() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func release(_ model: String) async throws -> Message.Status {
      try await ask(
        Message(
          kind: .release, site: "site-2", model: model, payload: .int16([32, 0], shape: [2], scale: 1)),
        as: "camera/site-2"
      ).message.status
    }
    #expect(try await release("traffic") == .malformed)
    #expect(try await release("tiny") == .ok)
    #expect(try await release("tiny") == .unavailable)
    // Of the tiny model: the encoding of a site is the sum of what the others released.
    guard case .float32(let values, _) = try await encoding(of: "tiny").message.payload else {
      Issue.record("no encoding")
      return
    }
    #expect(values == [1, 0])
  }
}
