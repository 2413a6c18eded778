package import Foundation
package import Logging
package import NIOCore
package import NIOSSL

/// What every accepted connection of either door passes first: the meter, TLS, the gate.
package struct Entrance: Sendable {
  package let tls: MeshTLS
  package let applicationProtocol: String
  package let limits: TransportLimits
  private let role: MeshTLS.Role
  package let meter: WireMeter
  package let refusals: Refusals
  package let connections: ConnectionRegistry

  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  package init(
    identity: MeshIdentity, applicationProtocol: String, limits: TransportLimits, meter: WireMeter,
    refusals: RefusalLog, logger: Logger?, role: MeshTLS.Role = .server
  ) throws(TransportError) {
    tls = try MeshTLS(identity: identity, applicationProtocol: applicationProtocol, role: role)
    self.role = role
    self.applicationProtocol = applicationProtocol
    self.limits = limits
    self.meter = meter
    self.refusals = Refusals(log: refusals, logger: logger, now: identity.now)
    connections = ConnectionRegistry(limit: limits.connections)
  }

  /// Adds the handlers to a connection just accepted; on its event loop.
  /// - Returns: the connection's meter and, once the handshake is complete, its peer.
  /// - Throws: ``Full`` when there are too many connections; the caller lets the connection close.
  package func admit(_ channel: any Channel) throws -> (tap: WireTap, outcome: HandshakeOutcome) {
    guard connections.enter(channel) else {
      refusals.record(
        .tooManyConnections, detail: "\(limits.connections) connections are open", peer: channel.remoteAddress)
      throw Full()
    }
    let outcome = HandshakeOutcome()
    let tap = WireTap(meter: meter)
    try channel.pipeline.syncOperations.addHandlers([
      tap,
      try tls.serverHandler(outcome: outcome),
      HandshakeGate(
        applicationProtocol: applicationProtocol, outcome: outcome, refusals: refusals, timeout: limits.handshake,
        admitsStrangers: role == .enrolment),
    ])
    return (tap, outcome)
  }

  /// There is no room for the connection.
  package struct Full: Error {}
}
