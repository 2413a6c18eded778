internal import NIOCore
package import NIOSSL
package import TacetIdentity

/// The TLS end of somebody who has no certificate yet, and knows of the authority two things: which root it shows, and its trust domain.
package struct PinnedTLS: Sendable {
  private let trustDomain: TrustDomain
  private let isRoot: @Sendable ([UInt8]) -> Bool

  /// - Parameters:
  ///   - trustDomain: that of the authority: others may have authorities under the same root.
  ///   - isRoot: whether a certificate, DER, is the root that is known.
  package init(trustDomain: TrustDomain, isRoot: @escaping @Sendable ([UInt8]) -> Bool) {
    self.trustDomain = trustDomain
    self.isRoot = isRoot
  }

  /// The TLS end of one outgoing connection: who answers must have the certificate `spiffe://TRUST-DOMAIN/authority/ca` under that root.
  package func clientHandler(outcome: HandshakeOutcome) throws -> NIOSSLClientHandler {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.harden(applicationProtocol: MeshTLS.http)
    return try NIOSSLClientHandler(
      context: try NIOSSLContext(configuration: tls), serverHostname: nil,
      customVerificationCallbackWithMetadata: { [self] presented, promise in
        promise.completeWithTask {
          let chain = try presented.map { try $0.toDERBytes() }
          let verdict = await verdict(chain)
          outcome.settle(verdict)
          return switch verdict {
          case .valid: .certificateVerified(VerificationMetadata(nil))
          case .refused: .failed
          }
        }
      })
  }

  private func verdict(_ chain: [[UInt8]]) async -> ChainVerdict {
    guard chain.count <= ChainVerifier.mostCertificates else {
      return .refused(.tooManyCertificates(count: chain.count, limit: ChainVerifier.mostCertificates))
    }
    guard let root = chain.first(where: isRoot),
      let authority = try? SPIFFEID(trustDomain: trustDomain, path: "authority/ca"),
      let verifier = try? ChainVerifier(roots: [root], trustDomain: trustDomain)
    else { return .refused(.untrusted) }
    return await verifier.verify(presented: chain.filter { $0 != root }, at: .now, expecting: authority)
  }
}
