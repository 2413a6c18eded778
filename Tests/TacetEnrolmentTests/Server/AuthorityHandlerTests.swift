import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import TacetTransport
import Testing

@testable import TacetEnrolment
@testable import TacetIdentity

/// A connection to the authority that is open: who asks is judged at every request, not only at the handshake.
@Suite struct AuthorityHandlerTests {
  /// What becomes of a peer after its handshake.
  enum End: CaseIterable { case expired, revoked }

  private let host: TestHost
  private let desk: RegistrationDesk
  private let register = RevocationRegister()

  init() throws {
    host = try TestHost()
    let state = host.folder.appending(path: "state")
    let passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(state: state, trustDomain: host.trustDomain, passphrase: passphrase)
    desk = try RegistrationDesk(state: state, passphrase: passphrase)
  }

  @Test(arguments: End.allCases) func aPeerThatEndsAfterTheHandshake(_ end: End) async throws {
    let clock = TestDate()
    let svid = host.camera.svid
    let verifier = try ChainVerifier(roots: svid.roots, trustDomain: host.trustDomain, revocations: register)
    let identity = MeshIdentity(svid: svid, verifier: verifier, now: { clock.date })
    let outcome = HandshakeOutcome()
    outcome.settle(await verifier.verify(presented: svid.chain, at: clock.date))
    try #require(outcome.peer != nil)
    let channel = try await channel(identity, outcome)
    #expect(try await status(channel) == .ok)

    switch end {
    case .expired: clock.advance(by: 3600 + 60)
    case .revoked: register.replace(with: [try host.list(revoking: svid)])
    }
    #expect(try await status(channel) == .forbidden)
    #expect(!channel.isActive)
    _ = try? await channel.finish()
  }

  private func channel(_ identity: MeshIdentity, _ outcome: HandshakeOutcome) async throws -> NIOAsyncTestingChannel {
    let routes = AuthorityRoutes(
      desk: desk, state: host.folder.appending(path: "state"), rate: RequestRate(perSecond: 100, burst: 100),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let channel = NIOAsyncTestingChannel()
    try await channel.testingEventLoop.executeInContext {
      try channel.pipeline.syncOperations.addHandler(
        AuthorityHandler(
          routes: routes, identity: identity, outcome: outcome, limits: TransportLimits(), needsPeer: true))
    }
    try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
    return channel
  }

  /// Asks for the roots; the answer's status.
  private func status(_ channel: NIOAsyncTestingChannel) async throws -> HTTPResponseStatus {
    try await channel.writeInbound(
      HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/roots")))
    try await channel.writeInbound(HTTPServerRequestPart.end(nil))
    var status: HTTPResponseStatus?
    while true {
      switch try await channel.waitForOutboundWrite(as: HTTPServerResponsePart.self) {
      case .head(let head): status = head.status
      case .body: continue
      case .end:
        await channel.testingEventLoop.run()
        return try #require(status)
      }
    }
  }
}

/// A clock that is put forward by hand.
private final class TestDate: Sendable {
  private let now = Mutex(Date())

  var date: Date { now.withLock { $0 } }
  func advance(by seconds: TimeInterval) { now.withLock { $0 += seconds } }
}
