internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import TacetIdentity
internal import TacetTransport

/// One of the authority's two ports: HTTP/1.1 over TLS 1.3.
struct AuthorityDoor: Sendable {
  let address: Endpoint
  let identity: MeshIdentity
  let routes: AuthorityRoutes
  let entrance: Entrance
  let needsPeer: Bool
  let bound = BoundPort()

  /// - Parameter role: `.server` where a client certificate is demanded, `.enrolment` where it is not.
  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  init(
    _ address: Endpoint, identity: MeshIdentity, routes: AuthorityRoutes, limits: TransportLimits, role: MeshTLS.Role,
    refusals: RefusalLog, logger: Logger
  ) throws(TransportError) {
    self.address = address
    self.identity = identity
    self.routes = routes
    needsPeer = role == .server
    entrance = try Entrance(
      identity: identity, applicationProtocol: MeshTLS.http, limits: limits, meter: WireMeter(), refusals: refusals,
      logger: logger, role: role)
  }

  /// Listens until the task is cancelled.
  /// - Throws: ``TransportError``.
  func run() async throws(TransportError) {
    let listener: any Channel
    do {
      listener = try await open()
    } catch {
      let failure = TransportError(listeningAt: address, error)
      bound.settle(.failure(failure))
      throw failure
    }
    bound.settle(.success(listener.localAddress?.port ?? address.port))
    await withTaskCancellationHandler {
      try? await listener.closeFuture.get()
    } onCancel: {
      listener.close(promise: nil)
    }
    for channel in entrance.connections.channels { channel.close(mode: .all, promise: nil) }
  }

  private func open() async throws -> any Channel {
    try await ServerBootstrap.mesh(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let (_, outcome) = try entrance.admit(channel)
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(
            AuthorityHandler(
              routes: routes, identity: identity, outcome: outcome, limits: entrance.limits, needsPeer: needsPeer))
        }
      }
      .bind(host: address.host, port: address.port).get()
  }

  /// Cuts the open connections of those peers for whom `flaw` has a reason.
  func cut(_ flaw: (PeerIdentity) -> ChainRejection?) {
    for connection in entrance.connections.entries {
      guard let rejection = connection.outcome.peer.flatMap(flaw) else { continue }
      entrance.cut(connection.channel, connection.outcome, because: rejection)
    }
  }
}
