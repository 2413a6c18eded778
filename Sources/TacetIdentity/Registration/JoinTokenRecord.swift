public import Foundation
import TacetLog

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
  /// SHA-256 of the secret, in lower-case hexadecimal.
  let secretHash: String
}

extension JoinTokenRecord {
  private static let version: UInt64 = 1

  /// The content of its file: canonical JSON, keys sorted, names with a space between them.
  ///
  /// ```
  /// {"dns":"a.example b.example","expires":T,"id":D,"ip":"10.0.0.1","made":T,"path":"camera/site-1","profile":"default","secret_sha256":H,"ttl":S,"version":1}
  /// ```
  var canonicalBytes: [UInt8] {
    var writer = CanonicalWriter()
    writer.string("dns", dnsNames.joined(separator: " "))
    writer.integer("expires", expiresAt.secondsSince1970)
    writer.string("id", id)
    writer.string("ip", ipAddresses.joined(separator: " "))
    writer.integer("made", madeAt.secondsSince1970)
    writer.string("path", spiffeID.path)
    writer.string("profile", profile)
    writer.string("secret_sha256", secretHash)
    writer.integer("ttl", UInt64(clamping: lifetime.components.seconds))
    writer.integer("version", Self.version)
    return writer.finished()
  }

  /// Reads a file's content; nil when it is not exactly the encoding of a record.
  init?(canonicalBytes bytes: ArraySlice<UInt8>, trustDomain: TrustDomain) {
    var reader = CanonicalReader(bytes)
    guard let dns = reader.string("dns"), let expires = reader.integer("expires"), let id = reader.string("id"),
      let ip = reader.string("ip"), let made = reader.integer("made"), let path = reader.string("path"),
      let profile = reader.string("profile"), let hash = reader.string("secret_sha256"),
      let ttl = reader.integer("ttl"), reader.integer("version") == Self.version, reader.isFinished(),
      let spiffeID = try? SPIFFEID(trustDomain: trustDomain, path: path), let seconds = Int64(exactly: ttl)
    else { return nil }
    self.init(
      id: id, spiffeID: spiffeID, profile: profile, lifetime: .seconds(seconds), dnsNames: Self.words(dns),
      ipAddresses: Self.words(ip), madeAt: Date(timeIntervalSince1970: TimeInterval(made)),
      expiresAt: Date(timeIntervalSince1970: TimeInterval(expires)), secretHash: hash)
  }

  private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
