package import Foundation
package import Logging
internal import ServiceLifecycle
package import TacetIdentity
package import TacetTransport

/// The authority on the network: a port for those who have a join token and no certificate yet (server-authenticated TLS), and one
/// for everyone who has a certificate (mutual TLS).
///
/// It has a certificate of its own, `spiffe://TRUST-DOMAIN/authority/ca`, which it replaces at half of its life and after a rotation. It
/// follows what the commands do to the state folder: who is revoked there gets nothing more here but what anybody may read, the
/// revocation lists among it, so that he learns of it.
package struct AuthorityServer: Service {
  /// Where it listens, and how.
  package struct Settings: Sendable {
    /// For those who have a token.
    package var enrol: Endpoint
    /// For those who have a certificate.
    package var listen: Endpoint
    /// Host names of its own certificate.
    package var dnsNames: [String] = []
    /// Addresses of its own certificate.
    package var ipAddresses: [String] = []
    /// How long its own certificate lives; nil for the profile's time.
    package var lifetime: Duration?
    /// Requests that cost, from one address (of IPv6, one network of 64 bits), or of one ID at the port for certificates: in the long
    /// run, a second.
    package var perSecond = 20
    /// And at once.
    package var burst = 200
    /// What a peer may use up.
    package var limits = TransportLimits()

    /// How long a connection without a request stays open at the port for those who have a token.
    static let strangersIdle = Duration.seconds(10)

    /// Where it listens; the rest is usual.
    package init(enrol: Endpoint, listen: Endpoint) {
      self.enrol = enrol
      self.listen = listen
      // Half-open connections are cheap, and must not keep out those that come to an end.
      limits.connections = 16_384
      limits.idle = .seconds(60)
    }
  }

  /// Who was not let in.
  package let refusals = RefusalLog()

  private let desk: RegistrationDesk
  private let state: URL
  /// What signed the first certificate of its own.
  private let firstGeneration: Int
  private let settings: Settings
  private let identity: MeshIdentity
  private let enrolment: AuthorityDoor
  private let renewal: AuthorityDoor
  private let logger: Logger

  /// - Throws: `IdentityError`; ``TransportError/unusableIdentity(reason:)``.
  package init(desk: RegistrationDesk, state: URL, settings: Settings, logger: Logger) throws {
    self.desk = desk
    self.state = state
    firstGeneration = try CertificateAuthority.number(state: state)
    self.settings = settings
    self.logger = logger
    identity = MeshIdentity(svid: try Self.certificate(desk, settings), verifier: try Self.verifier(desk))
    let routes = AuthorityRoutes(
      desk: desk, state: state, rate: RequestRate(perSecond: Double(settings.perSecond), burst: settings.burst),
      logger: logger)
    // Anybody may come to that port: nobody keeps a place there for long.
    var limits = settings.limits
    limits.idle = min(limits.idle, Settings.strangersIdle)
    enrolment = try AuthorityDoor(
      settings.enrol, identity: identity, routes: routes, limits: limits, role: .enrolment,
      refusals: refusals, logger: logger)
    renewal = try AuthorityDoor(
      settings.listen, identity: identity, routes: routes, limits: settings.limits, role: .server,
      refusals: refusals, logger: logger)
  }

  private static func certificate(_ desk: RegistrationDesk, _ settings: Settings) throws(IdentityError) -> SVID {
    try desk.serverIdentity(
      dnsNames: settings.dnsNames, ipAddresses: settings.ipAddresses, lifetime: settings.lifetime
    ).svid
  }

  /// Without the revocation lists: the desk has the log itself, and asks it at every request.
  private static func verifier(_ desk: RegistrationDesk) throws(IdentityError) -> ChainVerifier {
    try ChainVerifier(roots: try desk.roots(), trustDomain: desk.trustDomain)
  }

  /// The ports it listens on; waits until it does.
  /// - Throws: what ``run()`` throws when it cannot.
  package var boundPorts: (enrol: Int, listen: Int) {
    get async throws(TransportError) { (try await enrolment.bound.value, try await renewal.bound.value) }
  }

  /// Serves until it is shut down or cancelled.
  /// - Throws: ``TransportError``.
  package func run() async throws {
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await enrolment.run() }
        group.addTask { try await renewal.run() }
        group.addTask { await keepUp() }
        try await group.next()
        group.cancelAll()
      }
    }
  }

  // MARK: Keeping up

  /// Once a second until the task is cancelled: what the commands did, whether its own certificate is half over, and who is to be
  /// cut.
  private func keepUp() async {
    var issued = Date()
    var generation = firstGeneration
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      do {
        try desk.refresh()
        let (now, inForce) = (Date(), try CertificateAuthority.number(state: state))
        let isHalfOver = now >= issued + identity.svid.notAfter.timeIntervalSince(issued) / 2
        // After a rotation at once: the intermediate that signed the certificate may be revoked next.
        if isHalfOver || inForce != generation || rootsChanged() {
          identity.replace(svid: try Self.certificate(desk, settings), verifier: try Self.verifier(desk))
          (issued, generation) = (now, inForce)
        }
      } catch {
        logger.error("the authority cannot keep up", metadata: ["error": "\(error)"])
      }
      renewal.cut { identity.review($0) ?? desk.revocation(of: $0) }
    }
  }

  private func rootsChanged() -> Bool {
    (try? desk.roots()).map { $0 != identity.svid.roots } ?? false
  }
}
