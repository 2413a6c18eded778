/// Why a JWT-SVID is not believed, or a bundle not read. It never holds any of the token's text.
public struct JWTError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The rule that was broken.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Not a bundle.
    case malformedBundle = "malformed_bundle"
    /// Longer than is read.
    case tooLarge = "too_large"
    /// Not three parts, or one is not what it should be.
    case malformed
    /// Signed by an algorithm that is not accepted.
    case algorithm
    /// The header has a type or a critical extension that is not accepted.
    case header
    /// The bundle has no key of that name.
    case unknownKey = "unknown_key"
    /// The signature does not hold.
    case forged
    /// Its time is over, or it has none.
    case expired
    /// Its time has not come.
    case notYetValid = "not_yet_valid"
    /// It is for somebody else.
    case audience
    /// Its subject is no workload of the trust domain.
    case subject
  }

  /// The kind.
  public let kind: Kind
  /// One line.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
