import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TacetTransport

/// A TLS server of any certificates, which asks for none and answers nothing.
final class RawServer: Sendable {
  let address: Endpoint
  private let channel: any Channel
  private let received: Counter

  /// What has come in from all clients.
  var bytesReceived: Int { received.value.withLock { $0 } }

  init(chain: [NIOSSLCertificate], key: URL) async throws {
    var tls = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: key.path, format: .pem)))
    tls.applicationProtocols = ["tacet/1"]
    let context = try NIOSSLContext(configuration: tls)
    let received = Counter()
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), Sink(received)])
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    self.received = received
    address = Endpoint(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
  }

  func close() async throws { try await channel.close() }

  private final class Counter: Sendable {
    let value = Mutex(0)
  }

  private final class Sink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let received: Counter

    init(_ received: Counter) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let count = unwrapInboundIn(data).readableBytes
      received.value.withLock { $0 += count }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
