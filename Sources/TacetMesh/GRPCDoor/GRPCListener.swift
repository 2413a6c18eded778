internal import Foundation
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import NIOPosix
internal import TacetTransport

/// Accepts the connections of the gRPC door: each passes the entrance before HTTP/2 sees it.
struct GRPCListener: HTTP2ServerTransport.ListenerFactory {
  let address: Endpoint
  let entrance: Entrance
  let peers: GRPCPeers<HandshakeOutcome>
  let bound: BoundPort
  let shape: CellShape
  let beat: ReplyBeat?

  var eventLoopGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

  func makeListeningChannel(
    listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
    connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
  ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
    do {
      let listener = try await ServerBootstrap.mesh(group: eventLoopGroup)
        .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
        .bind(host: address.host, port: address.port) { [entrance, peers, shape, beat] channel in
          channel.eventLoop.makeCompletedFuture {
            let (_, outcome) = try entrance.admit(channel)
            peers.add(channel, outcome)
            let idle = entrance.limits.idle
            try channel.pipeline.syncOperations.addHandler(
              SilenceGate(greeting: idle, silence: idle), position: .first)
            try channel.pipeline.syncOperations.addHandler(RecordShaper(shape: shape, beat: beat))
          }.flatMap {
            connectionConfigurator.configure(channel: channel, tls: .configured(requireALPN: true))
          }.closing(channel)
        }
      bound.settle(.success(listener.channel.localAddress?.port ?? address.port))
      return listener
    } catch {
      let failure = TransportError(listeningAt: address, error)
      bound.settle(.failure(failure))
      throw failure
    }
  }
}
