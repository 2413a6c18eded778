internal import Foundation
internal import NIOCore
package import NIOSSL
internal import Synchronization
package import TacetIdentity

/// The one TLS configuration of a mesh, for the servers and clients of every door.
///
/// TLS 1.3 only, X25519MLKEM768 before all else, and a context of its own for every connection: a session ticket then dies with the
/// connection it was made for, every handshake asks the chain verification, and a replaced certificate is presented from the next
/// connection on. Both sides show a certificate; at the enrolment port alone, by its name, only the server does.
package final class MeshTLS: Sendable {
  /// The link's application protocol (ALPN).
  package static let link = "tacet/1"
  /// The gRPC door's application protocol (ALPN).
  package static let grpc = "h2"
  /// The authority's application protocol (ALPN).
  package static let http = "http/1.1"

  /// Which end of a connection.
  package enum Role: Sendable, Hashable {
    /// Demands a client certificate.
    case server
    /// Shows a certificate.
    case client
    /// The authority's port for those who have no certificate yet: it shows its own, with the roots, and demands none.
    case enrolment
  }

  private struct Configured {
    let version: Int
    let configuration: TLSConfiguration
  }

  private let identity: MeshIdentity
  private let applicationProtocol: String
  private let role: Role
  private let configured: Mutex<Configured>

  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  package init(identity: MeshIdentity, applicationProtocol: String, role: Role) throws(TransportError) {
    self.identity = identity
    self.applicationProtocol = applicationProtocol
    self.role = role
    let (svid, version) = identity.current
    configured = Mutex(
      Configured(version: version, configuration: try Self.configuration(svid, of: identity, applicationProtocol, role))
    )
  }

  // MARK: Connections

  /// The TLS end of one accepted connection.
  package func serverHandler(outcome: HandshakeOutcome) throws -> NIOSSLServerHandler {
    let context = try NIOSSLContext(configuration: configuration())
    guard role == .server else { return NIOSSLServerHandler(context: context) }
    return NIOSSLServerHandler(
      context: context, customVerificationCallbackWithMetadata: verification(outcome: outcome, expecting: nil))
  }

  /// The TLS end of one outgoing connection.
  /// - Parameter expecting: who must answer.
  package func clientHandler(outcome: HandshakeOutcome, expecting: SPIFFEID) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(
      context: try NIOSSLContext(configuration: configuration()), serverHostname: nil,
      customVerificationCallbackWithMetadata: verification(outcome: outcome, expecting: expecting))
  }

  private func verification(
    outcome: HandshakeOutcome, expecting: SPIFFEID?
  ) -> @Sendable ([NIOSSLCertificate], EventLoopPromise<NIOSSLVerificationResultWithMetadata>) -> Void {
    let identity = identity
    return { presented, promise in
      promise.completeWithTask {
        let chain = try presented.map { try $0.toDERBytes() }
        let verdict = await identity.verifier.verify(presented: chain, at: identity.now(), expecting: expecting)
        outcome.settle(verdict)
        return switch verdict {
        case .valid: .certificateVerified(VerificationMetadata(nil))
        case .refused: .failed
        }
      }
    }
  }

  // MARK: Configuration

  /// Of the certificate in force.
  private func configuration() throws(TransportError) -> TLSConfiguration {
    let (svid, version) = identity.current
    let known = configured.withLock { $0 }
    if known.version == version { return known.configuration }
    let configuration = try Self.configuration(svid, of: identity, applicationProtocol, role)
    configured.withLock { $0 = Configured(version: version, configuration: configuration) }
    return configuration
  }

  private static func configuration(
    _ svid: SVID, of identity: MeshIdentity, _ applicationProtocol: String, _ role: Role
  ) throws(TransportError) -> TLSConfiguration {
    var tls = try base(svid, role)
    tls.harden(applicationProtocol: applicationProtocol, requiresPostQuantum: identity.requiresPostQuantum)
    return tls
  }

  private static func base(_ svid: SVID, _ role: Role) throws(TransportError) -> TLSConfiguration {
    do {
      // Who has no certificate yet has no roots either, but for the fingerprint of one.
      let presented = role == .enrolment ? svid.chain + svid.roots : svid.chain
      let chain = try presented.map {
        NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: $0, format: .der))
      }
      let roots = try svid.roots.map { try NIOSSLCertificate(bytes: $0, format: .der) }
      let key = try svid.privateKeyPEM.withBytes { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
      switch role {
      case .server:
        return .makeServerConfigurationWithMTLS(
          certificateChain: chain, privateKey: .privateKey(key), trustRoots: .certificates(roots))
      case .enrolment:
        return .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
      case .client:
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateChain = chain
        tls.privateKey = .privateKey(key)
        tls.trustRoots = .certificates(roots)
        return tls
      }
    } catch {
      throw .unusableIdentity(reason: "the TLS library does not take it")
    }
  }
}

extension TLSConfiguration {
  /// What every end of every connection has in common.
  package mutating func harden(applicationProtocol: String, requiresPostQuantum: Bool = false) {
    minimumTLSVersion = .tlsv13
    maximumTLSVersion = .tlsv13
    applicationProtocols = [applicationProtocol]
    curves = requiresPostQuantum ? [.x25519_MLKEM768] : [.x25519_MLKEM768, .x25519, .secp256r1, .secp384r1]
    verifySignatureAlgorithms = [.ecdsaSecp256R1Sha256, .ed25519, .ecdsaSecp384R1Sha384]
    // Of a server that verifies this also demands a client certificate; names are checked by the chain verification.
    if certificateVerification != .none { certificateVerification = .noHostnameVerification }
    shutdownTimeout = .seconds(1)
  }
}
