internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// First in every HTTP/2 stream of the gRPC door: writes the number of the connection into the request's headers, in
/// place of anything the client may have put there. gRPC hands them to the call, which so knows its connection.
final class GRPCStreamStamp: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload

  /// The name of the header.
  static let header = "tacet-connection"

  private let peers: GRPCPeers

  init(peers: GRPCPeers) { self.peers = peers }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .headers(var frame) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    frame.headers.remove(name: Self.header)
    if let connection = context.channel.parent, let number = peers.number(of: connection) {
      frame.headers.add(name: Self.header, value: String(number))
    }
    context.fireChannelRead(wrapInboundOut(.headers(frame)))
  }
}
