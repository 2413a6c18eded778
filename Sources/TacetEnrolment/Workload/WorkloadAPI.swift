package import Foundation
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization
package import TacetIdentity
internal import TacetTransport

/// The SPIFFE Workload API of a host: its processes fetch the identities of the node, each user those that the policy names, and
/// learn when they are renewed (spiffe/spiffe, SPIFFE_Workload_API and SPIFFE_Workload_Endpoint).
package final class WorkloadAPI: Service, Sendable {
  /// The socket file.
  package let path: String

  private let identities: any WorkloadIdentities
  private let limits: WorkloadLimits
  private let now: @Sendable () -> Date
  private let logger: Logger?
  private let board = WorkloadBoard()
  private let callers = GRPCPeers<WorkloadCaller>()
  private let places: CallerPlaces
  private let service: WorkloadService
  /// Until ``run()`` takes it.
  private let socket: Mutex<WorkloadSocket?>

  /// Listens from here on: who connects is answered once ``run()`` runs.
  /// - Parameters:
  ///   - path: of the socket; a file that another process left there is replaced, and the last folder made where it is missing.
  ///   - mode: of the socket; who may not write to it cannot connect. What a caller gets depends on the user alone.
  ///   - grants: which user may have which identity.
  ///   - identities: what this host has.
  ///   - now: the wall clock.
  ///   - logger: without one nothing is logged.
  /// - Throws: ``WorkloadAPIError``.
  package init(
    path: String, mode: UInt32 = 0o666, grants: WorkloadGrants, identities: any WorkloadIdentities,
    limits: WorkloadLimits = WorkloadLimits(), now: @escaping @Sendable () -> Date = { Date() }, logger: Logger? = nil
  ) throws(WorkloadAPIError) {
    self.path = path
    self.identities = identities
    self.limits = limits
    self.now = now
    self.logger = logger
    places = CallerPlaces(limits: limits, grants: grants)
    service = WorkloadService(
      grants: grants, callers: callers, rate: CallRate(limits: limits, grants: grants), board: board,
      shelf: TokenShelf(identities: identities, timeout: limits.tokenTimeout, now: now), now: now, logger: logger)
    socket = Mutex(try WorkloadSocket.listen(at: path, mode: mode_t(mode)))
  }

  deinit {
    guard let socket = takeSocket() else { return }
    socket.remove()
    close(socket.descriptor)
  }

  /// How many calls wait for the next change.
  package var watcherCount: Int { board.watcherCount }

  /// Answers until the task is cancelled, or until shut down gracefully: then those who watch are told, and calls in flight are
  /// answered first, within ``WorkloadLimits/grace``. The socket file is removed at the end.
  /// - Throws: ``WorkloadAPIError``.
  package func run() async throws(WorkloadAPIError) {
    guard let socket = takeSocket() else { throw .cannotListen(path: path, reason: "it was served already") }
    defer { socket.remove() }
    let listener = WorkloadListener(
      descriptor: socket.descriptor, limits: limits, places: places, callers: callers, logger: logger)
    let server = GRPCServer(
      transport: HTTP2ServerTransport.Custom(listenerFactory: listener, config: configuration()), services: [service],
      interceptors: [SecurityHeader()])
    // Before the first call: what changes from here on is not missed.
    let updates = identities.updates
    board.publish(await identities.snapshot())
    do {
      try await withThrowingDiscardingTaskGroup { group in
        group.addTask { await self.follow(updates) }
        group.addTask { await self.review() }
        group.addTask { await self.shutDown(server) }
        try await server.serve()
        group.cancelAll()
      }
    } catch {
      board.close()
      if Task.isCancelled { return }
      throw .cannotListen(path: path, reason: "the gRPC server stopped")
    }
  }

  private func takeSocket() -> WorkloadSocket? {
    socket.withLock { socket in
      defer { socket = nil }
      return socket
    }
  }

  // MARK: Beside the server

  /// Publishes what there is after each change.
  private func follow(_ updates: AsyncStream<Void>) async {
    for await _ in updates { board.publish(await identities.snapshot()) }
  }

  /// Takes back what has expired. By the wall clock, which may be set: so it looks at it often.
  private func review() async {
    while (try? await Task.sleep(for: limits.review)) != nil { board.expire(at: now()) }
  }

  private func shutDown(_ server: GRPCServer<some ServerTransport>) async {
    guard (try? await gracefulShutdown()) != nil, !Task.isCancelled else { return }
    board.close()
    server.beginGracefulShutdown()
    // One that does not answer the server's farewell would keep it for ever.
    try? await Task.sleep(for: limits.grace)
    places.closeAll()
  }

  private func configuration() -> HTTP2ServerTransport.Custom<WorkloadListener>.Config {
    var config = HTTP2ServerTransport.Custom<WorkloadListener>.Config.defaults
    config.rpc.maxRequestPayloadSize = limits.requestBytes
    config.http2.maxConcurrentStreams = limits.callsPerConnection
    config.connection.maxGraceTime = limits.grace
    config.connection.maxIdleTime = limits.idle
    config.connection.keepalive.time = limits.silence / 2
    config.connection.flushCoalescing = nil
    config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { [callers] stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandler(GRPCPeerStamp(peers: callers), position: .first)
      }
    }
    return config
  }
}
