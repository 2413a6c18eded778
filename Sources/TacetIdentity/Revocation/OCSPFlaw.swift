public import Foundation

/// What is wrong with an OCSP response.
public enum OCSPFlaw: Error, Hashable, Sendable, CustomStringConvertible {
  /// More bytes than are read.
  case tooLarge(bytes: Int, limit: Int)
  /// It is no basic OCSP response (RFC 6960 §4.2.1).
  case malformed
  /// The responder did not answer: its status (§4.2.1).
  case unsuccessful(status: Int)
  /// A critical extension that must be understood and is not.
  case unknownCriticalExtension
  /// Signed by an algorithm or key that is not strong enough, or not known.
  case weakAlgorithm
  /// It says nothing of this certificate.
  case otherCertificate
  /// Signed neither by the authority nor by whom the authority allows to (§4.2.2.2), or its signature does not hold.
  case forged
  /// Its time has not come.
  case notYetIssued(thisUpdate: Date)
  /// A newer one should be there, and the grace is over.
  case stale(nextUpdate: Date)

  /// One line.
  public var description: String {
    switch self {
    case .tooLarge(let bytes, let limit): "\(bytes) bytes, at most \(limit) are read"
    case .malformed: "not a basic OCSP response with a time for the next one"
    case .unsuccessful(let status): "the responder did not answer: status \(status)"
    case .unknownCriticalExtension: "an unknown critical extension"
    case .weakAlgorithm: "signed by something else than ECDSA, Ed25519 or RSA with SHA-2"
    case .otherCertificate: "it says nothing of this certificate"
    case .forged: "signed neither by the authority nor by a responder of its"
    case .notYetIssued(let date): "it is issued at \(date.formatted(.iso8601))"
    case .stale(let date): "the next one was due at \(date.formatted(.iso8601))"
    }
  }
}
