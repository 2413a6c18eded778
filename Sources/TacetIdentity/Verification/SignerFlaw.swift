/// Why a certificate above the leaf may not be there.
public enum SignerFlaw: Hashable, Sendable, CustomStringConvertible {
  /// Its basic constraints do not make it a certificate authority.
  case notAnAuthority
  /// Its key usage is absent, or lacks keyCertSign.
  case mayNotSign
  /// It bears the name of a workload, or of another trust domain.
  case otherName

  /// One line.
  public var description: String {
    switch self {
    case .notAnAuthority: "not a certificate authority"
    case .mayNotSign: "its key usage lacks keyCertSign"
    case .otherName: "it bears the name of a workload, or of another trust domain"
    }
  }
}
