public import Foundation
import X509

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

  private let trustDomain: TrustDomain
  private let validator: PathValidator
  private let logged: LogRequirement?
  private let shelf: SignerShelf

  /// - Parameters:
  ///   - roots: the roots of the trust domain's bundle, DER.
  ///   - trustDomain: the only one whose SVIDs are accepted.
  ///   - revocations: the revocation lists; nil for none.
  ///   - logged: by what a leaf must be shown to be in the authority's log; nil where it need not.
  /// - Throws: ``IdentityError`` when there is no root, or one is no CA certificate.
  public init(
    roots: [[UInt8]], trustDomain: TrustDomain, revocations: RevocationRegister? = nil, logged: LogRequirement? = nil
  ) throws(IdentityError) {
    self.trustDomain = trustDomain
    self.logged = logged
    shelf = SignerShelf()
    validator = PathValidator(
      roots: try Self.anchors(roots), trustDomain: trustDomain, revocations: revocations)
  }

  /// The roots of a bundle, each of them a CA certificate with a strong key.
  static func anchors(_ roots: [[UInt8]]) throws(IdentityError) -> [Certificate] {
    guard !roots.isEmpty else { throw IdentityError(.badInput, "the bundle holds no root certificate") }
    return try roots.map { der throws(IdentityError) in
      guard let root = try? Certificate(derEncoded: der),
        case .isCertificateAuthority? = try? root.extensions.basicConstraints
      else { throw IdentityError(.badInput, "the bundle holds something that is not a root certificate") }
      guard CertificateRules.isStrong(root.publicKey) else {
        throw IdentityError(.badInput, "the bundle holds a root whose key is too weak: replace that root")
      }
      return root
    }
  }

  /// Verifies what a peer presented.
  ///
  /// - Parameters:
  ///   - presented: DER certificates, leaf first.
  ///   - date: the time to judge expiry by.
  ///   - expected: who must be there; nil for anyone of the trust domain.
  public func verify(presented: [[UInt8]], at date: Date, expecting expected: SPIFFEID? = nil) async -> ChainVerdict {
    let date = date.wholeSecond
    do throws(ChainRejection) {
      try Self.checkSizes(presented)
      guard let first = presented.first else { throw .nothingPresented }
      let leaf = try CertificateRules.check(first, position: 0, at: date)
      let id = try LeafRules.check(leaf, trustDomain: trustDomain)
      if let expected, id != expected { throw .unexpectedPeer(found: id, expected: expected) }
      let path = try await validator.path(from: leaf, through: presented.dropFirst(), at: date)
      let peer = PeerIdentity(
        id: id, notAfter: path.map(\.notValidAfter).min() ?? leaf.notValidAfter,
        serial: leaf.serialNumber.bytes.map { String(format: "%02x", $0) }.joined(), leaf: leaf,
        signers: shelf.shared(Array(path.dropFirst())))
      try await logged?.check(first, of: peer)
      return .valid(peer)
    } catch {
      return .refused(error)
    }
  }

  /// Judges somebody who was let in once more: time has passed, revocation lists may have been replaced, and roots.
  ///
  /// - Parameters:
  ///   - peer: as ``verify(presented:at:expecting:)`` returned it.
  ///   - date: the time to judge by.
  /// - Returns: why it is not to be served any longer; nil where it is.
  public func review(_ peer: PeerIdentity, at date: Date) -> ChainRejection? {
    guard date < peer.notAfter else { return .expired(position: 0, notAfter: peer.notAfter) }
    if let root = peer.signers.last, !validator.roots.contains(root) { return .untrusted }
    do throws(ChainRejection) {
      if let leaf = peer.leaf { try validator.revocations?.check(leaf, signedBy: peer.signers, at: date) }
      return nil
    } catch {
      return error
    }
  }

  /// Another number after each change of the revocation lists that are asked.
  package var revision: UInt64 { validator.revocations?.revision ?? 0 }

  static func checkSizes(_ presented: [[UInt8]]) throws(ChainRejection) {
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
}

extension Date {
  /// The second it is in: certificates know no parts of one, and are valid through the whole of their last (RFC 5280 §4.1.2.5).
  var wholeSecond: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}
