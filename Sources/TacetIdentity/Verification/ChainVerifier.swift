public import Foundation
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// The one chain verification, asked by clients, servers and the command alike: RFC 5280 path validation and the rules of a
/// SPIFFE X.509-SVID (spiffe/spiffe, X509-SVID §§2–5).
///
/// What a peer presents is bounded in number and size before any of it is parsed, and everything about the leaf is checked before
/// any signature is: a hostile chain costs milliseconds.
public struct ChainVerifier: Sendable {
  /// The most certificates that a peer may present.
  public static let mostCertificates = 8
  /// The most bytes of one presented certificate.
  public static let mostCertificateBytes = 16 << 10
  /// The most bytes of all presented certificates.
  public static let mostChainBytes = 64 << 10
  /// The most names, and the most name constraints, in one certificate.
  public static let mostNames = 32

  private let roots: [Certificate]
  private let trustDomain: TrustDomain

  /// - Parameters:
  ///   - roots: the roots of the trust domain's bundle, DER.
  ///   - trustDomain: the only one whose SVIDs are accepted.
  /// - Throws: ``IdentityError`` when there is no root, or one is no CA certificate.
  public init(roots: [[UInt8]], trustDomain: TrustDomain) throws(IdentityError) {
    self.roots = try roots.map { der throws(IdentityError) in
      guard let root = try? Certificate(derEncoded: der),
        case .isCertificateAuthority? = try? root.extensions.basicConstraints
      else { throw IdentityError(.badInput, "the bundle holds something that is not a root certificate") }
      guard CertificateRules.isStrong(root.publicKey) else {
        throw IdentityError(.badInput, "the bundle holds a root whose key is too weak: replace that root")
      }
      return root
    }
    guard !roots.isEmpty else { throw IdentityError(.badInput, "the bundle holds no root certificate") }
    self.trustDomain = trustDomain
  }

  /// Verifies what a peer presented.
  ///
  /// - Parameters:
  ///   - presented: DER certificates, leaf first.
  ///   - date: the time to judge expiry by.
  ///   - expected: who must be there; nil for anyone of the trust domain.
  public func verify(presented: [[UInt8]], at date: Date, expecting expected: SPIFFEID? = nil) async -> ChainVerdict {
    do throws(ChainRejection) {
      try Self.checkSizes(presented)
      var chain: [Certificate] = []
      for (position, der) in presented.enumerated() {
        chain.append(try CertificateRules.check(der, position: position, at: date))
      }
      guard let leaf = chain.first else { throw .nothingPresented }
      let id = try LeafRules.check(leaf, trustDomain: trustDomain)
      if let expected, id != expected { throw .unexpectedPeer(found: id, expected: expected) }
      let path = try await path(of: chain, at: date)
      return .valid(
        PeerIdentity(
          id: id, notAfter: path.map(\.notValidAfter).min() ?? leaf.notValidAfter,
          serial: leaf.serialNumber.bytes.map { String(format: "%02x", $0) }.joined()))
    } catch {
      return .refused(error)
    }
  }

  private static func checkSizes(_ presented: [[UInt8]]) throws(ChainRejection) {
    guard !presented.isEmpty else { throw .nothingPresented }
    guard presented.count <= mostCertificates else {
      throw .tooManyCertificates(count: presented.count, limit: mostCertificates)
    }
    for certificate in presented where certificate.count > mostCertificateBytes {
      throw .tooLarge(bytes: certificate.count, limit: mostCertificateBytes)
    }
    let bytes = presented.reduce(0) { $0 + $1.count }
    guard bytes <= mostChainBytes else { throw .tooLarge(bytes: bytes, limit: mostChainBytes) }
  }

  /// A valid path from the leaf to a root, leaf first.
  private func path(of presented: [Certificate], at date: Date) async throws(ChainRejection) -> [Certificate] {
    var search = PathSearch(presented: presented, roots: roots)
    var rejection: ChainRejection?
    for path in search.paths() {
      do throws(ChainRejection) {
        return try await validated(path, at: date)
      } catch {
        rejection = rejection ?? error
      }
    }
    throw rejection ?? (search.isExhausted ? .tooManyPaths : .untrusted)
  }

  /// Judges one path whose signatures hold; the library sees its certificates alone, each of another signer, so that there is
  /// nothing to search in them.
  private func validated(_ path: [Certificate], at date: Date) async throws(ChainRejection) -> [Certificate] {
    for signer in path.dropFirst() {
      if let flaw = SigningCertificateRules.flaw(of: signer, in: trustDomain) { throw .signer(flaw) }
    }
    guard let leaf = path.first else { throw .nothingPresented }
    var verifier = Verifier(rootCertificates: CertificateStore(roots)) {
      RFC5280Policy(fixedExpiryValidationTime: date)
      SigningCertificateRules(trustDomain: trustDomain)
    }
    switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(path.dropFirst())) {
    case .validCertificate(let chain): return Array(chain)
    case .couldNotValidate: throw .constraints
    }
  }
}
