public import Foundation

/// What is wrong with a revocation list.
public enum RevocationListFlaw: Error, Hashable, Sendable, CustomStringConvertible {
  /// More bytes than are read.
  case tooLarge(bytes: Int, limit: Int)
  /// It is no revocation list of version 2 (RFC 5280 §5.1).
  case malformed(reason: String)
  /// A critical extension, of the list or of an entry, that must be understood and is not (§5.2).
  case unknownCriticalExtension
  /// It does not speak of all certificates of its issuer: a delta, an indirect list, or one of a distribution point (§5.2.4, §5.2.5).
  case partial
  /// Signed by an algorithm that is not strong enough, or not known.
  case weakAlgorithm
  /// It is another authority's.
  case otherIssuer
  /// Its issuer's key usage lacks cRLSign (§6.3.3 (f)).
  case mayNotSign
  /// Its signature is not its issuer's.
  case forged
  /// Its time has not come.
  case notYetIssued(thisUpdate: Date)
  /// A newer one should be there, and the grace is over.
  case stale(nextUpdate: Date)

  /// One line.
  public var description: String {
    switch self {
    case .tooLarge(let bytes, let limit): "\(bytes) bytes, at most \(limit) are read"
    case .malformed(let reason): "malformed: \(reason)"
    case .unknownCriticalExtension: "an unknown critical extension"
    case .partial: "a delta, an indirect list, or one of a distribution point: only whole lists are accepted"
    case .weakAlgorithm: "signed by something else than ECDSA, Ed25519 or RSA with SHA-2"
    case .otherIssuer: "another authority's"
    case .mayNotSign: "its issuer's key usage lacks cRLSign"
    case .forged: "its signature is not its issuer's"
    case .notYetIssued(let date): "it is issued at \(date.formatted(.iso8601))"
    case .stale(let date): "the next one was due at \(date.formatted(.iso8601)): fetch it with `tacet ca crl`"
    }
  }
}
