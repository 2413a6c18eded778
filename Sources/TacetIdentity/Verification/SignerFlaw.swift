/// Why a certificate above the leaf may not be there.
public enum SignerFlaw: Hashable, Sendable, CustomStringConvertible {
  /// Its basic constraints do not make it a certificate authority.
  case notAnAuthority
  /// Its key usage is absent, or lacks keyCertSign.
  case mayNotSign
  /// It bears the name of a workload, or of another trust domain.
  case otherName
  /// It is not of version 3, so that it could not say that it may sign (RFC 5280 §4.2.1.9).
  case oldVersion
  /// It has no name, or its basic constraints are not critical (§4.1.2.6, §4.2.1.9).
  case malformed
  /// Its extended key usage is there and does not span both clientAuth and serverAuth (§4.2.1.12).
  case otherUsage

  /// One line.
  public var description: String {
    switch self {
    case .notAnAuthority: "not a certificate authority"
    case .mayNotSign: "its key usage lacks keyCertSign"
    case .otherName: "it bears the name of a workload, or of another trust domain"
    case .oldVersion: "not of version 3"
    case .malformed: "it has no name, or its basic constraints are not critical"
    case .otherUsage: "its extended key usage lacks clientAuth or serverAuth"
    }
  }
}
