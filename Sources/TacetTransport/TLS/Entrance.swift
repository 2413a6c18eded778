internal import Foundation
package import Logging
package import NIOCore
internal import NIOSSL
package import TacetIdentity

/// What every accepted connection of either door passes first: the meter, TLS, the gate.
package struct Entrance: Sendable {
  package let tls: MeshTLS
  private let identity: MeshIdentity
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
    self.identity = identity
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
    let outcome = HandshakeOutcome()
    guard connections.enter(channel, outcome) else {
      refusals.record(
        .tooManyConnections, detail: "\(limits.connections) connections are open", peer: channel.remoteAddress)
      throw Full()
    }
    let tap = WireTap(meter: meter)
    try channel.pipeline.syncOperations.addHandlers([
      GatheredFlush(),
      tap,
      try tls.serverHandler(outcome: outcome),
      HandshakeGate(
        applicationProtocol: applicationProtocol, outcome: outcome, refusals: refusals, timeout: limits.handshake,
        admitsStrangers: role == .enrolment),
    ])
    return (tap, outcome)
  }

  // MARK: Afterwards

  /// Tells a connection's handlers that its peer is served no longer; the connection is closed right after.
  package struct Cut: Sendable {
    package init() {}
  }

  /// Looks at the peers of the open connections again and again, one timer for all of them, and cuts those whose certificate has
  /// expired or been revoked, idle ones too.
  /// - Returns: the timer; the caller cancels it.
  package func startReviews(on loop: any EventLoop) -> RepeatedTask {
    let pause = TimeAmount(min(limits.review, TransportLimits.longestReview))
    return loop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
      review(connections.entries[...], on: loop)
    }
  }

  /// So many peers are looked at in one turn of the loop, which has replies to send at their moments.
  private static let reviewsInATurn = 64

  private func review(_ open: ArraySlice<ConnectionRegistry.Entry>, on loop: any EventLoop) {
    for connection in open.prefix(Self.reviewsInATurn) {
      guard let peer = connection.outcome.peer, let rejection = identity.review(peer) else { continue }
      cut(connection.channel, connection.outcome, because: rejection)
    }
    let rest = open.dropFirst(Self.reviewsInATurn)
    if !rest.isEmpty { loop.scheduleTask(in: .milliseconds(1)) { review(rest, on: loop) } }
  }

  /// Cuts a connection whose peer is not to be served any longer, and counts it, once.
  package func cut(_ channel: any Channel, _ outcome: HandshakeOutcome, because rejection: ChainRejection) {
    guard outcome.beginCut() else { return }
    let who = outcome.peer.map { "\($0.id.path): " } ?? ""
    refusals.record(
      RefusalReason(cutting: rejection), detail: "\(who)\(rejection)", rule: rejection.rule, peer: channel.remoteAddress
    )
    channel.pipeline.fireUserInboundEventTriggered(Cut())
    channel.close(promise: nil)
  }

  /// There is no room for the connection.
  package struct Full: Error {}
}
