/// Why somebody was not enrolled, or not renewed. What it says is for the server's log; what the client is told is
/// ``clientMessage``. It never holds a token's secret.
public struct RegistrationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The text is no join token.
    case malformedToken = "malformed_token"
    /// No token has that id, or none any more.
    case unknownToken = "unknown_token"
    /// The token's secret is another.
    case wrongSecret = "wrong_secret"
    /// The token's time is over.
    case expiredToken = "expired_token"
    /// The token was redeemed, with another key.
    case usedToken = "used_token"
    /// The certificate request is malformed, its key weak, or its sender has not shown to have the key.
    case badRequest = "bad_request"
    /// What is asked for is not granted.
    case notGranted = "not_granted"
    /// The certificate that is to be renewed was revoked.
    case revoked = "revoked"
    /// The certificate that is to be renewed, or that speaks for its holder, has expired.
    case expired = "expired"
    /// The authority's log does not know the certificate that was presented.
    case notIssued = "not_issued"
    /// The authority cannot do it now: its log, its keys, its clock.
    case unavailable = "unavailable"
  }

  /// The kind, for the status of the reply and for counting.
  public let kind: Kind
  /// One line, for the server's log.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// One line for the client. Who does not have a token's secret is told the same, whether there is such a token or not.
  public var clientMessage: String {
    switch kind {
    case .malformedToken: "not a join token"
    case .unknownToken, .wrongSecret: "the token is not valid: ask for a new one"
    case .expiredToken: "the token has expired: ask for a new one"
    case .usedToken: "the token has been used with another key: if that was not you, tell the administrator"
    case .badRequest, .notGranted: description
    case .revoked: "the certificate was revoked"
    case .expired: "the certificate has expired: enrol anew"
    case .notIssued: "the certificate is not one of this authority's log"
    case .unavailable: "the authority cannot do that now: try again later"
    }
  }
}
