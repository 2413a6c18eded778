/// Why a connection or call was not let in, or was cut, or something offered was not taken: few values, so that they can label a
/// metric.
package enum RefusalReason: String, Sendable, Hashable, CaseIterable {
  /// The chain verification refused the certificates presented.
  case certificate
  /// No certificate was presented.
  case noCertificate = "no_certificate"
  /// TLS 1.2 or older.
  case tlsVersion = "tls_version"
  /// ALPN is missing or not that of this door.
  case applicationProtocol = "application_protocol"
  /// The handshake failed in another way.
  case handshake
  /// The peer left before the handshake was complete.
  case abandoned
  /// The handshake took too long.
  case handshakeTimeout = "handshake_timeout"
  /// A frame took too long.
  case frameTimeout = "frame_timeout"
  /// The certificate expired while the connection was open.
  case expired
  /// The certificate, or one above it, was revoked while the connection was open.
  case revoked
  /// The peer's role may not ask this of this node.
  case role
  /// The peer asks more in a tick than the policy lets it.
  case quota
  /// The checkpoint of a device's ledger does not continue the one that this node keeps.
  case checkpoint
  /// More connections than the door permits.
  case tooManyConnections = "too_many_connections"
  /// A revocation list that cannot be read, or is older than the one in force.
  case revocationList = "revocation_list"
  /// Certificate, key and bundle that do not replace those in force.
  case renewal
}
