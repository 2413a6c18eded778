/// One thing that an authority did: a leaf of its log.
public struct AuthorityEntry: Hashable, Sendable {
  /// The version of the encoding.
  static let version: UInt64 = 1

  /// Its place in the log, from 0.
  public let index: UInt64
  /// When, in seconds since 1970.
  public let time: UInt64
  /// What was done.
  public let content: Content

  /// What was done.
  public enum Content: Hashable, Sendable {
    /// A certificate was issued to a workload.
    case issue(Leaf)
    /// A certificate was issued in the place of an earlier one, whose serial number is `renews`.
    case renew(Leaf, renews: String)
    /// A certificate was revoked.
    case revoke(serial: String, id: String, reason: String)
    /// The authority began to use a certificate of its own: at its making or import.
    case install(Signer)
    /// The authority replaced a certificate of its own by this one.
    case rotate(Signer)
    /// A revocation list was signed; its number is the entry's index.
    case list(issuer: String, entries: UInt64, nextUpdate: UInt64)
    /// A JWT-SVID was signed for a workload.
    case token(Token)
  }

  /// A JWT-SVID.
  public struct Token: Hashable, Sendable {
    /// SHA-256 of the JSON array of its audiences, as its claims have it, in lower-case hexadecimal.
    public let audienceHash: String
    /// Seconds since 1970.
    public let expires: UInt64
    /// The SPIFFE ID.
    public let id: String
    /// The name of the key that signed it, as the bundle has it.
    public let key: String
    /// The serial number of the certificate that was shown for it, in lower-case hexadecimal.
    public let serial: String
    /// SHA-256 of its text, in lower-case hexadecimal.
    public let tokenHash: String
  }

  /// A workload's certificate.
  public struct Leaf: Hashable, Sendable {
    /// SHA-256 of the certificate's DER, in lower-case hexadecimal.
    public let fingerprint: String
    /// The SPIFFE ID.
    public let id: String
    /// The identifier of the key that signed it, in lower-case hexadecimal.
    public let issuer: String
    /// Seconds since 1970.
    public let notBefore: UInt64
    /// Seconds since 1970.
    public let notAfter: UInt64
    /// In lower-case hexadecimal.
    public let serial: String
    /// The name of the profile that it was granted by; nil for the default.
    public internal(set) var profile: String?
    /// The id of the join token that was redeemed for it; nil where there was none.
    public internal(set) var token: String?
  }

  /// A certificate of the authority itself.
  public struct Signer: Hashable, Sendable {
    /// What it signs.
    public enum Level: String, Sendable, Hashable, CaseIterable {
      /// Intermediates.
      case root
      /// Workloads.
      case intermediate
    }

    /// SHA-256 of the certificate's DER, in lower-case hexadecimal.
    public let fingerprint: String
    /// The identifier of its key, in lower-case hexadecimal.
    public let key: String
    /// What it signs.
    public let level: Level
    /// Seconds since 1970.
    public let notBefore: UInt64
    /// Seconds since 1970.
    public let notAfter: UInt64
    /// In lower-case hexadecimal.
    public let serial: String
  }

  /// The workload's certificate that the entry is about, if it issues one.
  public var leaf: Leaf? {
    switch content {
    case .issue(let leaf), .renew(let leaf, _): leaf
    default: nil
    }
  }
}
