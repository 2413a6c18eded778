internal import Logging
internal import NIOCore
internal import NIOPosix
internal import TacetIdentity
internal import TacetTransport
internal import TacetWire

/// What stays the same over all connections of a ``LinkClient``.
struct LinkPlan: Sendable {
  let identity: MeshIdentity
  let tls: MeshTLS
  let codec: MessageCodec
  let address: Endpoint
  let expecting: SPIFFEID
  let limits: LinkClientLimits
  /// When cells leave; nil for at once.
  let pace: LinkPace?
  let meter: WireMeter
  let refusals: Refusals
  let news: PeerNews
  let logger: Logger?

  /// Opens a connection; succeeds when the handshake is complete and the peer is the one expected.
  func connect(on loop: any EventLoop) -> EventLoopFuture<NIOLoopBound<LinkClientHandler>> {
    ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(limits.handshake))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.writeBufferWaterMark, value: waterMark)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let outcome = HandshakeOutcome()
          let tap = WireTap(meter: meter)
          let version = identity.current.version
          let tls = try tls.clientHandler(outcome: outcome, expecting: expecting)
          // The cells of a slot leave together, at the slot: see LinkPacer.
          let gather = pace == nil ? GatheredFlush() : GatheredFlush(most: nil)
          let handler = LinkClientHandler(
            plan: self, tap: tap, outcome: outcome, version: version, loop: channel.eventLoop)
          try channel.pipeline.syncOperations.addHandlers([gather, tap, tls, handler])
        }
      }
      .connect(host: address.host, port: address.port)
      .flatMapError { _ in
        loop.makeFailedFuture(
          TransportError.unreachable(address, reason: "nobody listens there or it cannot be reached"))
      }
      .flatMap { channel in
        // A name may have several addresses, each tried with a channel of its own: only the one that won counts.
        guard let handler = try? channel.pipeline.syncOperations.handler(type: LinkClientHandler.self) else {
          return loop.makeFailedFuture(TransportError.handshakeFailed(address, reason: "the peer ended it"))
        }
        return handler.established
      }
  }

  /// On a paced link nothing may pile up that would leave in a burst later: it is writable only while all that was written is gone.
  private var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
    pace == nil ? .init(low: 32 * 1024, high: 64 * 1024) : .init(low: 1, high: 1)
  }
}
