public import Foundation

/// The join tokens of the authority of a state folder: made and listed without its passphrase. A file each, of which the secret's
/// hash is all that could help a reader.
public struct JoinTokens: Sendable {
  /// How long a token may be good.
  public static let validities: ClosedRange<Duration> = .seconds(60)...(.seconds(30 * 86400))

  /// - Throws: ``IdentityError`` when there is no authority in the folder.
  public init(state: URL) throws(IdentityError) {
    throw IdentityError(.internalFault, "not there yet")
  }

  /// Makes a token, durably. What would be refused when it is redeemed is refused now.
  /// - Parameters:
  ///   - id: whom it is for.
  ///   - validity: how long it can be redeemed.
  ///   - lifetime: of the certificate; nil for the profile's.
  ///   - dnsNames: further names.
  ///   - ipAddresses: further addresses.
  ///   - profile: what may be granted.
  /// - Throws: ``IdentityError``.
  public func make(
    for id: SPIFFEID, validFor validity: Duration = .seconds(600), lifetime: Duration? = nil, dnsNames: [String] = [],
    ipAddresses: [String] = [], profile: LeafProfile = .standard, at date: Date = Date()
  ) throws(IdentityError) -> (token: JoinToken, record: JoinTokenRecord) {
    throw IdentityError(.internalFault, "not there yet")
  }

  /// All tokens whose time is not long over, the oldest first.
  /// - Throws: ``IdentityError``.
  public func all() throws(IdentityError) -> [JoinTokenRecord] { [] }

  /// Takes a token back; one that was redeemed stays redeemed.
  /// - Throws: ``IdentityError``: missing where there is no such token.
  public func revoke(_ id: String) throws(IdentityError) {}
}
