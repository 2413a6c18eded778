public import Foundation

/// A JWT-SVID that was verified (SPIFFE JWT-SVID §§2–4).
public struct JWTSVID: Sendable {
  /// The longest token that is read, in bytes.
  public static let mostBytes = 16 << 10

  /// Whose it is.
  public let id: SPIFFEID
  /// For whom.
  public let audience: [String]
  /// When it expires.
  public let expiresAt: Date
  /// All its claims: the JSON object, as it was signed.
  public let claims: Data

  /// Verifies a token.
  /// - Parameters:
  ///   - token: compact form.
  ///   - bundle: of the trust domain that the subject must be of.
  ///   - audience: who asks: one of the token's.
  ///   - date: the time to judge by.
  /// - Throws: ``JWTError``.
  public static func verify(
    _ token: String, bundle: TrustBundle, audience: String, at date: Date = Date()
  ) throws(JWTError) -> JWTSVID {
    throw JWTError(.malformed, "not there yet")
  }
}
