import Crypto
import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import TacetTransport
import Testing
import X509

@testable import TacetEnrolment
@testable import TacetIdentity

/// A connection to the authority that is open: who asks is judged at every request, not only at the handshake.
@Suite struct AuthorityHandlerTests {
  private let state: URL
  private let domain: TrustDomain
  private let passphrase: Passphrase
  private let desk: RegistrationDesk
  private let clock = TestDate()

  init() throws {
    state = FileManager.default.temporaryDirectory.appending(path: "tacet-handler-\(UUID().uuidString.prefix(8))")
    domain = try TrustDomain("mesh.example")
    passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    desk = try RegistrationDesk(state: state, passphrase: passphrase)
  }

  @Test func aPeerThatExpiresAfterTheHandshake() async throws {
    defer { remove() }
    let channel = try await channel(for: "camera/site-1")
    #expect(try await status(channel, .GET, "/v1/roots") == .ok)
    #expect(try await status(channel, .POST, "/v1/jwt", "{\"audience\":[\"a\"]}") == .ok)
    clock.advance(by: 25 * 3600)
    #expect(try await status(channel, .GET, "/v1/roots") == .forbidden)
    #expect(!channel.isActive)
    _ = try? await channel.finish()
  }

  @Test func aPeerThatIsRevokedAfterTheHandshake() async throws {
    defer { remove() }
    let channel = try await channel(for: "camera/site-1")
    #expect(try await status(channel, .POST, "/v1/jwt", "{\"audience\":[\"a\"]}") == .ok)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    _ = try authority.revoke(.id(SPIFFEID(trustDomain: domain, path: "camera/site-1")))
    #expect(try await status(channel, .POST, "/v1/jwt", "{\"audience\":[\"a\"]}") == .forbidden)
    // By what anybody may read it learns of it.
    #expect(try await status(channel, .GET, "/v1/crl") == .ok)
    _ = try? await channel.finish()
  }

  private func remove() { try? FileManager.default.removeItem(at: state) }

  /// A connection whose handshake is over, of a peer that was enrolled.
  private func channel(for path: String) async throws -> NIOAsyncTestingChannel {
    let token = try JoinTokens(state: state).make(for: SPIFFEID(trustDomain: domain, path: path)).token
    let request = try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName([RelativeDistinguishedName]()),
      privateKey: .init(P256.Signing.PrivateKey()), attributes: CertificateSigningRequest.Attributes())
    let enrolled = try await desk.enrol(
      token: token.text, csr: Data(request.serializeAsPEM().pemString.utf8))
    let verifier = try ChainVerifier(roots: enrolled.roots, trustDomain: domain)
    let outcome = HandshakeOutcome()
    outcome.settle(await verifier.verify(presented: enrolled.chain, at: clock.date))
    try #require(outcome.peer != nil)
    let own = try desk.serverIdentity(dnsNames: [], ipAddresses: []).svid
    let identity = MeshIdentity(svid: own, verifier: verifier, now: { [clock] in clock.date })
    return try await channel(identity, outcome)
  }

  private func channel(_ identity: MeshIdentity, _ outcome: HandshakeOutcome) async throws -> NIOAsyncTestingChannel {
    let routes = AuthorityRoutes(
      desk: desk, state: state, rate: RequestRate(perSecond: 100, burst: 100),
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

  /// Asks; the answer's status.
  private func status(
    _ channel: NIOAsyncTestingChannel, _ method: HTTPMethod, _ path: String, _ body: String = ""
  ) async throws -> HTTPResponseStatus {
    try await channel.writeInbound(
      HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: method, uri: path)))
    if !body.isEmpty { try await channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: body))) }
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
