public import Foundation

/// Why a chain was refused.
public enum ChainRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// No certificate was presented.
  case nothingPresented
  /// More certificates than are looked at.
  case tooManyCertificates(count: Int, limit: Int)
  /// More bytes than are looked at.
  case tooLarge(bytes: Int, limit: Int)
  /// More names or constraints in one certificate than are looked at.
  case tooManyNames(count: Int, limit: Int)
  /// A certificate is not one.
  case malformed(position: Int, reason: String)
  /// An extension that must be understood is not.
  case unknownCriticalExtension(position: Int)
  /// The algorithm inside the signed part is not the one of the signature.
  case signatureAlgorithmMismatch(position: Int)
  /// A key or signature algorithm that is not strong enough, or not known.
  case weakAlgorithm(position: Int)
  /// Its time has passed.
  case expired(position: Int, notAfter: Date)
  /// Its time has not come.
  case notYetValid(position: Int, notBefore: Date)
  /// The leaf may sign certificates or revocation lists.
  case leafIsAuthority
  /// The leaf's key usage is absent, not critical, or lacks digitalSignature.
  case keyUsage
  /// The leaf's key is for more than TLS: nonRepudiation, dataEncipherment, encipherOnly or decipherOnly.
  case keyUsageTooWide
  /// The leaf's extended key usage lacks clientAuth or serverAuth.
  case extendedKeyUsage
  /// The leaf has no URI name, or several.
  case uriNames(count: Int)
  /// The leaf's URI name is not the SPIFFE ID of a workload.
  case spiffeID(reason: String)
  /// The leaf is of another trust domain.
  case trustDomain(found: String, expected: String)
  /// The peer is somebody else than who should be there.
  case unexpectedPeer(found: SPIFFEID, expected: SPIFFEID)
  /// A certificate of the path that may not sign others.
  case signer(SignerFlaw)
  /// More certificates below an authority than its path length allows (RFC 5280 §4.2.1.9).
  case pathLength(limit: Int)
  /// A name that an authority above may not vouch for (§4.2.1.10).
  case nameConstraints
  /// The root's time has passed.
  case rootExpired(notAfter: Date)
  /// The root's time has not come.
  case rootNotYetValid(notBefore: Date)
  /// The signatures hold up to a root, but another rule of RFC 5280 §6 does not.
  case constraints
  /// A certificate of the path was revoked.
  case revoked(serial: SerialNumber, since: Date, reason: RevocationReason)
  /// Revocation lists are required, and there is none of an authority on the path.
  case revocationListMissing
  /// The revocation list of an authority on the path is not to be relied on.
  case revocationList(RevocationListFlaw)
  /// OCSP says that the authority never issued a certificate of the path.
  case unknownToResponder
  /// The leaf's issuance is to be in the authority's log, and that is not shown.
  case notLogged(LogFlaw)
  /// More paths than are looked at, none of them good: certificates that sign each other.
  case tooManyPaths
  /// No path of valid signatures leads to a root of this mesh.
  case untrusted

  /// One line.
  public var description: String {
    switch self {
    case .nothingPresented: "no certificate"
    case .tooManyCertificates(let count, let limit): "\(count) certificates, at most \(limit) are looked at"
    case .tooLarge(let bytes, let limit): "\(bytes) bytes of certificates, at most \(limit) are looked at"
    case .tooManyNames(let count, let limit): "\(count) names in a certificate, at most \(limit) are looked at"
    case .malformed(let position, let reason): "certificate \(position) is malformed: \(reason)"
    case .unknownCriticalExtension(let position): "certificate \(position) has an unknown critical extension"
    case .signatureAlgorithmMismatch(let position): "certificate \(position) names two signature algorithms"
    case .weakAlgorithm(let position):
      "certificate \(position) has a key or signature other than P-256, P-384, Ed25519, RSA of 2048 to 8192 bits, with SHA-2"
    case .expired(let position, let date): "certificate \(position) expired at \(date.formatted(.iso8601))"
    case .notYetValid(let position, let date): "certificate \(position) is valid from \(date.formatted(.iso8601))"
    case .leafIsAuthority: "the leaf may sign certificates: an SVID must not"
    case .keyUsage: "the leaf's key usage must be critical and have digitalSignature"
    case .keyUsageTooWide: "the leaf's key is for more than TLS: an SVID's must not"
    case .extendedKeyUsage: "the leaf's extended key usage must have clientAuth and serverAuth"
    case .uriNames(let count): "the leaf has \(count) URI names: an SVID has exactly one"
    case .spiffeID(let reason): "not an SVID of a workload: \(reason)"
    case .trustDomain(let found, let expected): "trust domain \(found), this mesh is \(expected)"
    case .unexpectedPeer(let found, let expected): "the peer is \(found), expected \(expected)"
    case .signer(let flaw): "a certificate above the leaf may not sign it: \(flaw)"
    case .pathLength(let limit): "more authorities below one than its path length of \(limit) allows"
    case .nameConstraints: "a name outside the name constraints of an authority above"
    case .rootExpired(let date): "the root expired at \(date.formatted(.iso8601))"
    case .rootNotYetValid(let date): "the root is valid from \(date.formatted(.iso8601))"
    case .constraints: "the path to the root breaks the constraints of a certificate on it"
    case .revoked(let serial, let date, let reason):
      "certificate \(serial) was revoked at \(date.formatted(.iso8601)): \(reason)"
    case .revocationListMissing: "no revocation list of an authority on the path"
    case .revocationList(let flaw): "the revocation list of an authority on the path is not to be relied on: \(flaw)"
    case .unknownToResponder: "the OCSP responder of an authority on the path does not know the certificate"
    case .notLogged(let flaw): "the certificate is not shown to be in the authority's log: \(flaw)"
    case .tooManyPaths: "too many paths: present the leaf and its intermediates only"
    case .untrusted: "no valid path to a root of this mesh"
    }
  }
}
