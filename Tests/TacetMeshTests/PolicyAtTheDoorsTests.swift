import Foundation
import TacetIdentity
import TacetMesh
import TacetPolicy
import TacetTransport
import TacetWire
import Testing

/// What the policy says of single IDs counts in place of what it says of their role, at both doors.
@Suite struct PolicyAtTheDoorsTests {
  private struct Service: NodeService {
    func answer(_ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant) async -> Reply {
      Reply(request.answer(.ok))
    }
  }

  private static let rules =
    "ids: {camera/site-5: [release, status], camera/site-6: [], visitor/one: [query]}\n\nroles:"

  private let mesh: TestMesh
  private let policy: Policy
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh("city.example")
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let text = try String(contentsOf: project.appending(path: "Policies/strict.yaml"), encoding: .utf8)
    let file = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.replacing("roles:", with: Self.rules, maxReplacements: 1).write(
      to: file, atomically: true, encoding: .utf8)
    policy = try Policy.load(from: file)
    codec = try MessageCodec(bytes: policy.message.bytes)
  }

  private static let expectations: [(path: String, kind: Message.Kind, status: Message.Status)] = [
    ("camera/site-1", .release, .ok), ("camera/site-1", .status, .refused), ("camera/site-5", .release, .ok),
    ("camera/site-5", .status, .ok), ("camera/site-5", .query, .refused), ("camera/site-6", .release, .refused),
    ("camera/site-6", .cover, .refused), ("visitor/one", .query, .ok), ("visitor/two", .query, .refused),
  ]

  @Test(arguments: expectations)
  func overTheLink(path: String, kind: Message.Kind, status: Message.Status) async throws {
    let refusals = RefusalLog()
    let door = Enforcement(policy: policy, service: Service(), refusals: refusals)
    let server = try LinkServer(
      identity: mesh.identity("gateway/g1"), codec: codec, door: door, departures: Departures(.atOnce),
      address: Endpoint(host: "127.0.0.1", port: 0),
      refusals: refusals)
    let task = Task { try await server.run() }
    let address = Endpoint(host: "127.0.0.1", port: try await server.boundPort)
    let client = try LinkClient(
      identity: mesh.identity(path), codec: codec, address: address, expecting: mesh.id("gateway/g1"))
    let answer = try await client.exchange(Message(kind: kind), timeout: .seconds(10))
    #expect(answer.status == status)
    #expect(refusals.snapshot.count == (status == .ok ? [:] : [.role: 1]))
    await client.close()
    task.cancel()
    _ = await task.result
  }

  @Test(arguments: expectations)
  func overGRPC(path: String, kind: Message.Kind, status: Message.Status) async throws {
    let files = try mesh.files(path)
    defer { try? FileManager.default.removeItem(at: files) }
    let refusals = RefusalLog()
    let door = Enforcement(policy: policy, service: Service(), refusals: refusals)
    try await withGRPCDoor(mesh.identity("gateway/g1"), door: door, codec: codec) { _, address in
      try await withInferenceClient(address, files) { client in
        let answer = try await client.encode { try await $0.write(codec.tensor(Message(kind: kind))) }
        #expect(try Message(answer).status == status)
      }
    }
    #expect(refusals.snapshot.count == (status == .ok ? [:] : [.role: 1]))
  }
}
