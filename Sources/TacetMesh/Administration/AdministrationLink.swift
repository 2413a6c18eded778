import TacetTransport
import TacetWire

/// The line to one node, for an administrator or auditor: what it does not answer with OK is an error that says why.
struct AdministrationLink: Sendable {
  let device: String
  /// The role of who asks.
  let role: String
  let client: LinkClient

  /// Asks, and waits a few seconds for the answer.
  /// - Throws: `MeshError`, `TransportError`.
  func ask(_ message: Message) async throws -> Message {
    let answer = try await client.exchange(message, timeout: .seconds(5))
    switch answer.status {
    case .ok: return answer
    case .refused:
      throw MeshError.notPermitted("\(device) refused: the policy does not permit role \(role) to do this")
    default:
      throw MeshError.unavailable("\(device) could not do it (\(answer.status)); see its log")
    }
  }
}
