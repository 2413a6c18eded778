internal import Logging
internal import NIOCore
internal import NIOPosix
internal import TacetIdentity
internal import TacetWire

/// What stays the same over all connections of a ``LinkClient``.
struct LinkPlan: Sendable {
  let identity: MeshIdentity
  let tls: MeshTLS
  let codec: MessageCodec
  let address: Endpoint
  let expecting: SPIFFEID
  let limits: LinkClientLimits
  let meter: WireMeter
  let logger: Logger?

  /// Opens a connection; succeeds when the handshake is complete and the peer is the one expected.
  func connect(on loop: any EventLoop) -> EventLoopFuture<NIOLoopBound<LinkClientHandler>> {
    let established = loop.makePromise(of: NIOLoopBound<LinkClientHandler>.self)
    ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(limits.handshake))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let outcome = HandshakeOutcome()
          let tap = WireTap(meter: meter)
          let tls = try tls.clientHandler(outcome: outcome, expecting: expecting)
          let handler = LinkClientHandler(plan: self, tap: tap, outcome: outcome, established: established)
          try channel.pipeline.syncOperations.addHandlers([tap, tls, handler])
        }
      }
      .connect(host: address.host, port: address.port)
      .whenFailure { _ in
        // Without effect when the handler has already told a better reason.
        established.fail(TransportError.unreachable(address, reason: "nobody listens there or it cannot be reached"))
      }
    return established.futureResult
  }
}
