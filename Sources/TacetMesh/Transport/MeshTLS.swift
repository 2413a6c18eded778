internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import TacetIdentity

/// The one TLS configuration of a mesh, for servers and clients of both doors.
///
/// TLS 1.3 only, a certificate from both sides, X25519MLKEM768 before all else, and a context of its own for every
/// connection: a session ticket then dies with the connection it was made for, and every handshake asks the chain
/// verification.
struct MeshTLS: Sendable {
  /// The link's application protocol (ALPN).
  static let link = "tacet/1"
  /// The gRPC door's application protocol (ALPN).
  static let grpc = "h2"

  private let configuration: TLSConfiguration
  private let identity: MeshIdentity

  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  init(identity: MeshIdentity, applicationProtocol: String, role: Role) throws(TransportError) {
    self.identity = identity
    var tls = try Self.base(identity, role)
    tls.minimumTLSVersion = .tlsv13
    tls.maximumTLSVersion = .tlsv13
    tls.applicationProtocols = [applicationProtocol]
    tls.curves = [.x25519_MLKEM768, .x25519, .secp256r1, .secp384r1]
    tls.verifySignatureAlgorithms = [.ecdsaSecp256R1Sha256, .ed25519, .ecdsaSecp384R1Sha384]
    // Of a server this also demands a client certificate; names are checked by the chain verification.
    tls.certificateVerification = .noHostnameVerification
    tls.shutdownTimeout = .seconds(1)
    configuration = tls
  }

  enum Role { case server, client }

  private static func base(_ identity: MeshIdentity, _ role: Role) throws(TransportError) -> TLSConfiguration {
    do {
      let chain = try identity.svid.chain.map {
        NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: $0, format: .der))
      }
      let roots = try identity.svid.roots.map { try NIOSSLCertificate(bytes: $0, format: .der) }
      let key = try identity.svid.privateKeyPEM.withBytes { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
      switch role {
      case .server:
        return .makeServerConfigurationWithMTLS(
          certificateChain: chain, privateKey: .privateKey(key), trustRoots: .certificates(roots))
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

  /// The TLS end of one accepted connection.
  func serverHandler(outcome: HandshakeOutcome) throws -> NIOSSLServerHandler {
    NIOSSLServerHandler(
      context: try NIOSSLContext(configuration: configuration),
      customVerificationCallbackWithMetadata: verification(outcome: outcome, expecting: nil))
  }

  /// The TLS end of one outgoing connection.
  /// - Parameter expecting: who must answer.
  func clientHandler(outcome: HandshakeOutcome, expecting: SPIFFEID) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(
      context: try NIOSSLContext(configuration: configuration), serverHostname: nil,
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
}
