package import Foundation
import TacetIdentity
import TacetPolicy
import TacetPrivacy
import TacetTransport
import TacetWire

/// The gateway of a bench: both doors with the policy on every call, and nothing behind them that takes time.
package struct BenchGateway: Sendable {
  /// When replies leave.
  package enum Beat: String, Sendable {
    /// As the policy says, as every node's do.
    case policy
    /// At once, which no policy can say: what is measured is the cost of an exchange.
    case none
  }

  /// Where it listens.
  package struct Ports: Codable, Sendable {
    package let link: Int
    package let grpc: Int
  }

  private let mesh: BenchMesh
  private let door: any Door
  private let departures: Departures
  private let refusals = RefusalLog()
  private let limits: TransportLimits

  /// - Parameters:
  ///   - folder: of a mesh that was made.
  ///   - connections: how many devices may be connected at once.
  package init(_ folder: URL, beat: Beat, connections: Int) throws {
    mesh = try BenchMesh(folder)
    door = Enforcement(policy: mesh.policy, service: BenchService(parameters: mesh.parameters), refusals: refusals)
    departures = Departures(beat == .none ? .atOnce : .paced(mesh.policy.pacing))
    var limits = TransportLimits()
    limits.connections = connections
    self.limits = limits
  }

  /// Serves until the task is cancelled.
  /// - Parameter ready: called once, when both doors are open.
  package func run(ready: @escaping @Sendable (Ports) -> Void) async throws {
    let identity = try await mesh.gatewayIdentity()
    let anywhere = Endpoint(host: "127.0.0.1", port: 0)
    let link = try LinkServer(
      identity: identity, codec: mesh.codec, door: door, departures: departures, address: anywhere, limits: limits,
      refusals: refusals)
    let grpc = try GRPCDoor(
      identity: identity, codec: mesh.codec, door: door, departures: departures, address: anywhere, limits: limits,
      refusals: refusals)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await link.run() }
      group.addTask { try await grpc.run() }
      ready(Ports(link: try await link.boundPort, grpc: try await grpc.boundPort))
      try await group.waitForAll()
    }
  }
}

/// Takes releases as a gateway does, and forgets them; tells what its process takes.
struct BenchService: NodeService {
  let radius: Float

  init(parameters: ReleaseParameters) { radius = Float(parameters.radius) }

  func answer(_ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant) async -> Reply {
    Reply(answer(request))
  }

  private func answer(_ request: Message) -> Message {
    switch (request.kind, request.payload) {
    case (.release, .int16(let values, _, _)):
      let row = values.map { Float($0) / radius }
      return request.answer(row.isEmpty ? .malformed : .ok)
    case (.status, _):
      return request.answer(.ok, detail: ProcessUse.current.text)
    default:
      return request.answer(.ok)
    }
  }
}
