/// Why a certificate was revoked (RFC 5280 §5.3.1).
public enum RevocationReason: UInt8, Hashable, Sendable, CaseIterable {
  /// Nothing was said.
  case unspecified = 0
  /// The private key may be known to somebody else.
  case keyCompromise = 1
  /// The authority's key may be known to somebody else.
  case caCompromise = 2
  /// The name or role has changed.
  case affiliationChanged = 3
  /// Another certificate took its place.
  case superseded = 4
  /// The workload is no more.
  case cessationOfOperation = 5
  /// Suspended; it may come back.
  case certificateHold = 6
  /// The holder may no longer do what it could.
  case privilegeWithdrawn = 9
  /// The key of an attribute authority may be known to somebody else.
  case aaCompromise = 10
}

extension RevocationReason: CustomStringConvertible {
  /// The name in RFC 5280.
  public var description: String {
    switch self {
    case .unspecified: "unspecified"
    case .keyCompromise: "keyCompromise"
    case .caCompromise: "cACompromise"
    case .affiliationChanged: "affiliationChanged"
    case .superseded: "superseded"
    case .cessationOfOperation: "cessationOfOperation"
    case .certificateHold: "certificateHold"
    case .privilegeWithdrawn: "privilegeWithdrawn"
    case .aaCompromise: "aACompromise"
    }
  }

  /// - Parameter name: as in ``description``, in any case.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.description.lowercased() == name.lowercased() }) else {
      return nil
    }
    self = found
  }
}
