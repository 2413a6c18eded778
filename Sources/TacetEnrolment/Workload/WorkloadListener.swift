internal import Foundation
internal import GRPCNIOTransportHTTP2Posix
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import TacetTransport

/// Accepts the connections of the Workload API: of each it is known who called before HTTP/2 sees it.
struct WorkloadListener: HTTP2ServerTransport.ListenerFactory {
  /// A listening socket; it is this type's to close.
  let descriptor: CInt
  let limits: WorkloadLimits
  let places: CallerPlaces
  let callers: GRPCPeers<WorkloadCaller>
  let logger: Logger?

  var eventLoopGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

  func makeListeningChannel(
    listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
    connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
  ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
    try await ServerBootstrap(group: eventLoopGroup)
      .serverChannelOption(.backlog, value: WorkloadSocket.backlog)
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
      .bind(descriptor) { channel in
        WorkloadCaller.of(channel).flatMapThrowing { caller in
          try admit(channel, caller)
        }.flatMap {
          // Plain: both ends are on this host, and the kernel says who calls (SPIFFE Workload Endpoint §3.1).
          connectionConfigurator.configure(channel: channel, tls: .none)
        }.closing(channel)
      }
  }

  private func admit(_ channel: any Channel, _ caller: WorkloadCaller) throws {
    if let refusal = places.enter(channel, caller) {
      logger?.debug("connection refused", metadata: ["uid": "\(caller.uid)", "reason": "\(refusal)"])
      throw Full()
    }
    callers.add(channel, caller)
    try channel.pipeline.syncOperations.addHandler(
      SilenceGate(greeting: limits.greeting, silence: limits.silence), position: .first)
  }

  /// There is no room for the connection.
  struct Full: Error {}
}
