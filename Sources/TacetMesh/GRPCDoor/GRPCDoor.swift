internal import Foundation
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
package import TacetTransport
package import TacetWire

/// The door for everyone else: `tacet.v1.Inference` over gRPC, behind the same TLS and the same chain verification as
/// the link (ALPN `h2`).
package final class GRPCDoor: Service, Sendable {
  /// Where it was asked to listen.
  package let address: Endpoint
  /// What passes on the wire; record sizes are not counted, those of the requests are for the clients to choose.
  package let meter: WireMeter
  /// Who was not let in.
  package let refusals: RefusalLog

  private let service: InferenceService
  private let entrance: Entrance
  private let peers = GRPCPeers<HandshakeOutcome>()
  private let bound = BoundPort()
  private let beat: ReplyBeat?

  /// - Parameters:
  ///   - identity: this node's certificate and chain verification.
  ///   - codec: gives the message size of the policy.
  ///   - door: what is behind the transport.
  ///   - departures: when replies leave.
  ///   - address: port 0 lets the system choose.
  ///   - logger: for refusals; without one nothing is logged.
  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  package init(
    identity: MeshIdentity, codec: MessageCodec, door: any Door, departures: Departures, address: Endpoint,
    limits: TransportLimits = TransportLimits(), meter: WireMeter = WireMeter(), refusals: RefusalLog = RefusalLog(),
    logger: Logger? = nil
  ) throws(TransportError) {
    beat = departures.beat
    self.address = address
    self.meter = meter
    self.refusals = refusals
    entrance = try Entrance(
      identity: identity, applicationProtocol: MeshTLS.grpc, limits: limits, meter: meter, refusals: refusals,
      logger: logger)
    service = InferenceService(
      identity: identity, exchange: Exchange(codec: codec, door: door, isTraced: departures.trace != nil),
      departures: departures, peers: peers, entrance: entrance)
  }

  /// The port it listens on; waits until ``run()`` has opened it.
  /// - Throws: what ``run()`` throws when it cannot.
  package var boundPort: Int {
    get async throws(TransportError) { try await bound.value }
  }

  /// Listens until the task is cancelled, or until shut down gracefully: then calls in flight are answered first,
  /// within ``TransportLimits/grace``.
  /// - Throws: ``TransportError/portInUse(_:)`` or ``TransportError/cannotListen(_:reason:)``.
  package func run() async throws(TransportError) {
    let listener = GRPCListener(
      address: address, entrance: entrance, peers: peers, bound: bound,
      shape: CellShape(messageBytes: service.exchange.codec.bytes), beat: beat)
    let server = GRPCServer(
      transport: HTTP2ServerTransport.Custom(listenerFactory: listener, config: configuration()), services: [service])
    // Whoever waits for a port that was never opened; without effect when it was.
    defer { bound.settle(.failure(.closed(address))) }
    let reviews = entrance.startReviews(on: MultiThreadedEventLoopGroup.singleton.next())
    defer { reviews.cancel() }
    do {
      try await withGracefulShutdownHandler {
        try await server.serve()
      } onGracefulShutdown: {
        server.beginGracefulShutdown()
        // One that does not answer the server's farewell would keep it for ever.
        self.entrance.connections.closeAll(
          after: self.entrance.limits.grace, on: MultiThreadedEventLoopGroup.singleton.next())
      }
    } catch {
      if Task.isCancelled { return }
      let failure = (error as? RuntimeError)?.cause ?? error
      throw failure as? TransportError ?? .cannotListen(address, reason: "the gRPC server stopped")
    }
  }

  private func configuration() -> HTTP2ServerTransport.Custom<GRPCListener>.Config {
    var config = HTTP2ServerTransport.Custom<GRPCListener>.Config.defaults
    let bytes = service.exchange.codec.bytes
    // Messages of a wrong size up to this one reach the codec as they are; longer ones are cut there.
    let longest = max(bytes * 2, 1 << 16)
    config.rpc.maxRequestPayloadSize = longest
    // Room for two full calls: HTTP/2 makes new room when half of it is taken, in a frame that may wait a while to leave.
    config.http2.targetWindowSize = max(1 << 20, min(bytes * 130, 1 << 26))
    config.http2.maxConcurrentStreams = entrance.limits.inFlight
    config.connection.maxAge = .seconds(3600)
    config.connection.maxGraceTime = entrance.limits.grace
    config.connection.maxIdleTime = entrance.limits.idle
    config.connection.keepalive.time = entrance.limits.idle / 2
    config.connection.flushCoalescing = nil
    config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { [peers, methods = service.methods] stream in
      stream.eventLoop.makeCompletedFuture {
        let leveller = CallLeveller(methods: methods, fallback: InferenceService.fallback, longest: longest)
        try stream.pipeline.syncOperations.addHandlers([leveller, GRPCPeerStamp(peers: peers)], position: .first)
      }
    }
    return config
  }
}
