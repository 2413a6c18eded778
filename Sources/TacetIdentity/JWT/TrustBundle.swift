public import Foundation

/// The bundle of a trust domain as SPIFFE has it: a JSON Web Key Set with the roots, and the keys of its JWT-SVIDs (SPIFFE Trust
/// Domain and Bundle §4).
public struct TrustBundle: Hashable, Sendable {
  /// The most bytes that are read.
  public static let mostBytes = 1 << 20
  /// The most keys that are read.
  public static let mostKeys = 64

  /// Whose it is.
  public let trustDomain: TrustDomain
  /// The roots, DER.
  public let roots: [[UInt8]]
  /// The keys that JWT-SVIDs are signed with.
  public let jwtKeys: [JWTKey]
  /// Grows when the content changes; nil where it was not said.
  public let sequence: UInt64?
  /// How often a newer one should be asked for; nil where it was not said.
  public let refreshHint: Duration?

  /// A key that JWT-SVIDs are signed with.
  public struct JWTKey: Hashable, Sendable {
    /// Its name in the header of a token.
    public let id: String
    let curve: Curve
    /// The point, x and then y.
    let point: [UInt8]

    enum Curve: String, Hashable, Sendable { case p256 = "P-256", p384 = "P-384" }
  }

  /// Reads a bundle. Keys of another use, or of a kind that is not known, are left out, as the specification wants it.
  /// - Throws: ``JWTError`` when it is malformed, or has too much of something.
  public init(json: Data, trustDomain: TrustDomain) throws(JWTError) {
    throw JWTError(.malformedBundle, "not there yet")
  }

  /// The JSON text.
  public var json: Data { Data() }
}
