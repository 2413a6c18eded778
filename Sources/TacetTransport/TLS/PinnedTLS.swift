package import NIOCore
package import NIOSSL
package import TacetIdentity

/// The TLS end of somebody who has no certificate yet, and knows of the authority one thing: which root it shows.
package struct PinnedTLS: Sendable {
  private let isRoot: @Sendable ([UInt8]) -> Bool

  /// - Parameter isRoot: whether a certificate, DER, is the root that is known.
  package init(isRoot: @escaping @Sendable ([UInt8]) -> Bool) {
    self.isRoot = isRoot
  }

  /// The TLS end of one outgoing connection: who answers must have the authority's own certificate under that root.
  package func clientHandler(outcome: HandshakeOutcome) throws -> NIOSSLClientHandler {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.harden(applicationProtocol: MeshTLS.http)
    return try NIOSSLClientHandler(
      context: try NIOSSLContext(configuration: tls), serverHostname: nil,
      customVerificationCallbackWithMetadata: { [isRoot] presented, promise in
        promise.completeWithTask {
          let chain = try presented.map { try $0.toDERBytes() }
          let verdict = await Self.verdict(chain, isRoot)
          outcome.settle(verdict)
          return switch verdict {
          case .valid: .certificateVerified(VerificationMetadata(nil))
          case .refused: .failed
          }
        }
      })
  }

  private static func verdict(_ chain: [[UInt8]], _ isRoot: ([UInt8]) -> Bool) async -> ChainVerdict {
    guard chain.count <= ChainVerifier.mostCertificates else {
      return .refused(.tooManyCertificates(count: chain.count, limit: ChainVerifier.mostCertificates))
    }
    guard let root = chain.first(where: isRoot), let leaf = chain.first,
      let domain = TrustDomain.named(by: [leaf]),
      let authority = try? SPIFFEID(trustDomain: domain, path: "authority/ca"),
      let verifier = try? ChainVerifier(roots: [root], trustDomain: domain)
    else { return .refused(.untrusted) }
    return await verifier.verify(presented: chain.filter { $0 != root }, at: .now, expecting: authority)
  }
}
