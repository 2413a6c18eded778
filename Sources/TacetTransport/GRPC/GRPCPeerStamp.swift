package import NIOCore
internal import NIOHPACK
package import NIOHTTP2

/// First in every HTTP/2 stream of a gRPC server: writes the number of the connection into the request's headers, in
/// place of anything the client may have put there. gRPC hands them to the call, which so knows its connection.
package final class GRPCPeerStamp<Peer: Sendable>: ChannelInboundHandler {
  package typealias InboundIn = HTTP2Frame.FramePayload
  package typealias InboundOut = HTTP2Frame.FramePayload

  private let peers: GRPCPeers<Peer>

  /// - Parameter peers: knows the numbers of the connections.
  package init(peers: GRPCPeers<Peer>) { self.peers = peers }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .headers(var frame) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    frame.headers.remove(name: GRPCPeers<Peer>.header)
    if let connection = context.channel.parent, let number = peers.number(of: connection) {
      frame.headers.add(name: GRPCPeers<Peer>.header, value: String(number))
    }
    context.fireChannelRead(wrapInboundOut(.headers(frame)))
  }
}
