import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TacetMesh
import TacetTransport

/// A TLS client that sends what the link's own client never would. Trusts any server.
final class RawClient: Sendable {
  private let channel: any Channel
  private let received = Mutex<[UInt8]>([])

  private init(channel: any Channel) { self.channel = channel }

  var isOpen: Bool { channel.isActive }

  static func connect(
    to address: Endpoint, chain: [NIOSSLCertificate], key: URL, applicationProtocol: String = "tacet/1",
    _ body: (RawClient) async throws -> Void
  ) async throws {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.certificateVerification = .none
    tls.certificateChain = chain.map { .certificate($0) }
    tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key.path, format: .pem))
    tls.applicationProtocols = [applicationProtocol]
    let context = try NIOSSLContext(configuration: tls)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
        }
      }
      .connect(host: address.host, port: address.port).get()
    let client = RawClient(channel: channel)
    try await channel.pipeline.addHandler(Collector { bytes in client.received.withLock { $0 += bytes } }).get()
    do {
      try await body(client)
    } catch {
      try? await channel.close()
      throw error
    }
    try? await channel.close()
  }

  /// Takes nothing more from the other end, not even its good-bye.
  func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

  func write(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  /// How many bytes have come in.
  var bytesReceived: Int { received.withLock { $0.count } }

  /// Waits for so many frames, at most two seconds.
  func read(frames count: Int, of size: Int) async throws -> [[UInt8]] {
    _ = await eventually { received.withLock { $0.count } >= count * size }
    let bytes = received.withLock { $0 }
    return stride(from: 0, to: bytes.count - size + 1, by: size).map { Array(bytes[$0..<$0 + size]) }
  }
}

private final class Collector: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  private let collect: @Sendable ([UInt8]) -> Void

  init(_ collect: @escaping @Sendable ([UInt8]) -> Void) { self.collect = collect }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    collect(Array(unwrapInboundIn(data).readableBytesView))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
