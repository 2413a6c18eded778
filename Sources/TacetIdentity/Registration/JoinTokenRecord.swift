public import Foundation

/// What an authority keeps of a join token: everything but the secret.
public struct JoinTokenRecord: Hashable, Sendable {
  /// The token's public id.
  public let id: String
  /// Whom it is for.
  public let spiffeID: SPIFFEID
  /// The name of the profile that it is granted by.
  public let profile: String
  /// How long the certificate will live.
  public let lifetime: Duration
  /// Further names.
  public let dnsNames: [String]
  /// Further addresses.
  public let ipAddresses: [String]
  /// When it was made.
  public let madeAt: Date
  /// Until when it can be redeemed.
  public let expiresAt: Date
  /// SHA-256 of the secret.
  let secretHash: [UInt8]
}
