import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A TLS client that presents any certificates, trusts any server and says nothing.
struct PresentingClient {
  let chain: [NIOSSLCertificate]
  let key: NIOSSLPrivateKey
  let applicationProtocol: String

  /// Connects; whether the server leaves the connection open for so long.
  func staysOpen(at port: Int, for time: Duration) async throws -> Bool {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.certificateVerification = .none
    tls.certificateChain = chain.map { .certificate($0) }
    tls.privateKey = .privateKey(key)
    tls.applicationProtocols = [applicationProtocol]
    let context = try NIOSSLContext(configuration: tls)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([
            NIOSSLClientHandler(context: context, serverHostname: nil), Silence(),
          ])
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    let isGone = await Patience.wait(time) { !channel.isActive }
    try? await channel.close()
    return !isGone
  }

  private final class Silence: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
