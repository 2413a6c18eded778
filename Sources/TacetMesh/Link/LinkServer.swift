internal import Foundation
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
package import TacetTransport
package import TacetWire

/// The door that the nodes of a mesh use: frames of one size on long-lived TLS connections (ALPN `tacet/1`).
package final class LinkServer: Service, Sendable {
  /// Where it was asked to listen.
  package let address: Endpoint
  /// What passes on the wire.
  package let meter: WireMeter
  /// Who was not let in.
  package let refusals: RefusalLog

  private let identity: MeshIdentity
  private let exchange: Exchange
  private let departures: Departures
  private let entrance: Entrance
  private let bound = BoundPort()

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
    self.address = address
    self.meter = meter
    self.refusals = refusals
    self.identity = identity
    self.departures = departures
    exchange = Exchange(codec: codec, door: door, isTraced: departures.trace != nil)
    entrance = try Entrance(
      identity: identity, applicationProtocol: MeshTLS.link, limits: limits, meter: meter, refusals: refusals,
      logger: logger)
  }

  /// The port it listens on; waits until ``run()`` has opened it.
  /// - Throws: what ``run()`` throws when it cannot.
  package var boundPort: Int {
    get async throws(TransportError) { try await bound.value }
  }

  /// How many connections are open now, in handshakes or established.
  package var openConnections: Int { entrance.connections.entries.count }

  /// Listens until the task is cancelled, or until shut down gracefully: then requests in flight are answered first,
  /// within ``TransportLimits/grace``.
  /// - Throws: ``TransportError/portInUse(_:)`` or ``TransportError/cannotListen(_:reason:)``.
  package func run() async throws(TransportError) {
    let listener: any Channel
    do {
      listener = try await open()
    } catch {
      let failure = TransportError(listeningAt: address, error)
      bound.settle(.failure(failure))
      throw failure
    }
    bound.settle(.success(listener.localAddress?.port ?? address.port))
    let reviews = entrance.startReviews(on: listener.eventLoop)
    defer { reviews.cancel() }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        try? await listener.closeFuture.get()
      } onGracefulShutdown: {
        listener.close(promise: nil)
      }
      if !Task.isCancelled { await drain() }
    } onCancel: {
      listener.close(promise: nil)
    }
    await closeConnections()
  }

  private func open() async throws -> any Channel {
    try await ServerBootstrap.mesh(group: MultiThreadedEventLoopGroup.singleton)
      // A connection keeps a buffer for each read of a turn, for as long as it stands.
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { [entrance, exchange, departures, identity] channel in
        channel.eventLoop.makeCompletedFuture {
          let (tap, outcome) = try entrance.admit(channel)
          try channel.pipeline.syncOperations.addHandler(
            LinkServerHandler(
              identity: identity, exchange: exchange, departures: departures, entrance: entrance, tap: tap,
              outcome: outcome))
        }
      }
      .bind(host: address.host, port: address.port).get()
  }

  /// Lets the connections finish what they are answering.
  private func drain() async {
    for channel in entrance.connections.channels {
      channel.pipeline.fireUserInboundEventTriggered(LinkServerHandler.Drain())
    }
    let end = ContinuousClock.now + entrance.limits.grace
    while !entrance.connections.channels.isEmpty, ContinuousClock.now < end, !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(10))
    }
  }

  private func closeConnections() async {
    for channel in entrance.connections.channels {
      try? await channel.close(mode: .all)
    }
  }
}
