import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import TacetTransport
import Testing

@testable import TacetEnrolment
@testable import TacetIdentity

/// Clients of the authority that ask and do not read: nothing is kept for them, and not for ever.
@Suite struct SlowReaderTests {
  private let state: URL
  private let desk: RegistrationDesk

  init() throws {
    state = FileManager.default.temporaryDirectory.appending(path: "tacet-slow-\(UUID().uuidString.prefix(8))")
    let passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(
      state: state, trustDomain: try TrustDomain("mesh.example"), passphrase: passphrase)
    desk = try RegistrationDesk(state: state, passphrase: passphrase)
  }

  @Test func theNextRequestWaitsUntilTheAnswerHasLeft() async throws {
    defer { remove() }
    let (channel, socket) = try await channel()
    for _ in 0..<5 { try await ask(channel) }
    try await settle(channel, until: { socket.heads >= 1 })
    #expect(socket.heads == 1)
    for count in 2...5 {
      try await channel.testingEventLoop.executeInContext { socket.release() }
      try await settle(channel, until: { socket.heads >= count })
      #expect(socket.heads == count)
    }
    _ = try? await channel.finish()
  }

  @Test(arguments: [false, true]) func whoDoesNotReadIsClosed(closing: Bool) async throws {
    defer { remove() }
    let (channel, socket) = try await channel()
    try await ask(channel, closing: closing)
    try await settle(channel, until: { socket.heads == 1 })
    #expect(channel.isActive)
    await channel.testingEventLoop.advanceTime(by: .seconds(62))
    #expect(!channel.isActive)
    _ = try? await channel.finish()
  }

  @Test func aBodyThatDoesNotComeIsNotWaitedFor() async throws {
    defer { remove() }
    let (channel, _) = try await channel()
    try await channel.writeInbound(
      HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/v1/enrol")))
    await channel.testingEventLoop.advanceTime(by: .seconds(4))
    #expect(channel.isActive)
    await channel.testingEventLoop.advanceTime(by: .seconds(2))
    #expect(!channel.isActive)
    _ = try? await channel.finish()
  }

  private func remove() { try? FileManager.default.removeItem(at: state) }

  private func ask(_ channel: NIOAsyncTestingChannel, closing: Bool = false) async throws {
    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/roots")
    if closing { head.headers.add(name: "Connection", value: "close") }
    try await channel.writeInbound(HTTPServerRequestPart.head(head))
    try await channel.writeInbound(HTTPServerRequestPart.end(nil))
  }

  /// Runs the loop until something is so, and then a while longer.
  private func settle(_ channel: NIOAsyncTestingChannel, until isSo: () -> Bool) async throws {
    for _ in 0..<500 where !isSo() {
      try await Task.sleep(for: .milliseconds(10))
      await channel.testingEventLoop.run()
    }
    try await Task.sleep(for: .milliseconds(100))
    await channel.testingEventLoop.run()
  }

  private func channel() async throws -> (NIOAsyncTestingChannel, FullSocket) {
    let own = try desk.serverIdentity(dnsNames: [], ipAddresses: []).svid
    let identity = MeshIdentity(
      svid: own, verifier: try ChainVerifier(roots: own.roots, trustDomain: desk.trustDomain))
    let routes = AuthorityRoutes(
      desk: desk, state: state, rate: RequestRate(perSecond: 100, burst: 100),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    var limits = TransportLimits()
    limits.idle = .seconds(60)
    let channel = NIOAsyncTestingChannel()
    let socket = FullSocket()
    try await channel.testingEventLoop.executeInContext { [limits] in
      try channel.pipeline.syncOperations.addHandlers([
        socket, HTTPServerPipelineHandler(),
        AuthorityHandler(
          routes: routes, identity: identity, outcome: HandshakeOutcome(), limits: limits, needsPeer: false),
      ])
    }
    try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
    return (channel, socket)
  }
}

/// A socket whose other end does not read: what is written waits until it is released.
private final class FullSocket: ChannelOutboundHandler, @unchecked Sendable {
  typealias OutboundIn = HTTPServerResponsePart

  private(set) var heads = 0
  private var promises: [EventLoopPromise<Void>] = []

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .head = unwrapOutboundIn(data) { heads += 1 }
    if let promise { promises.append(promise) }
  }

  func flush(context: ChannelHandlerContext) {}

  func handlerRemoved(context: ChannelHandlerContext) { release() }

  /// All of it leaves.
  func release() {
    let waiting = promises
    promises = []
    for promise in waiting { promise.succeed() }
  }
}
