public import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A peer that should not get in: it speaks TLS 1.3 to a gateway's link, sends one message, and waits for an answer.
///
/// It presents no certificate at all, or one of another CA. It does not care whom it speaks to.
public struct Intruder: Sendable {
  /// What came of an attempt.
  public enum Outcome: Codable, Sendable, Hashable {
    /// The gateway ended the connection without an answer.
    case refused(reason: String)
    /// The gateway neither answered nor ended the connection in time.
    case undecided
    /// The gateway answered: it let the intruder in.
    case answered(bytes: Int)
    /// Nothing listens there.
    case unreachable(reason: String)
  }

  private let host: String
  private let port: Int
  private let identity: URL?
  private let messageBytes: Int

  /// An intruder with the certificate in `identity` (a folder as of `tacet ca issue`), or with none.
  public init(host: String, port: Int, identity: URL?, messageBytes: Int) {
    self.host = host
    self.port = port
    self.identity = identity
    self.messageBytes = messageBytes
  }

  /// Tries once; takes at most five seconds.
  public func attempt() async throws -> Outcome {
    let context = try NIOSSLContext(configuration: configuration())
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    do {
      channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connectTimeout(.seconds(5))
        .connect(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      return .unreachable(reason: "\(error)")
    }
    return await converse(over: channel)
  }

  private func converse(over channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async -> Outcome {
    await withTaskGroup(of: Outcome.self) { group in
      group.addTask {
        do {
          return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(repeating: 0, count: messageBytes))
            for try await answer in inbound { return .answered(bytes: answer.readableBytes) }
            return .refused(reason: "connection closed")
          }
        } catch {
          return .refused(reason: "the gateway ended the TLS connection")
        }
      }
      group.addTask {
        try? await Task.sleep(for: .seconds(5))
        return .undecided
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? .undecided
    }
  }

  private func configuration() throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = .none
    configuration.applicationProtocols = ["tacet/1"]
    if let identity {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(
        identity.appendingPathComponent("cert.pem").path
      ).map { .certificate($0) }
      configuration.privateKey = .privateKey(
        try NIOSSLPrivateKey(file: identity.appendingPathComponent("key.pem").path, format: .pem))
    }
    return configuration
  }
}
