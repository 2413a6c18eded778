import CSodium
import Crypto
import Foundation

/// The right to one certificate, in a text: `tacet1.ID.SECRET.ROOT`, each part base64url without padding.
///
/// It holds a secret: it is not printed by accident, only by ``text``. With it goes the SHA-256 of the root in force, so that the
/// first connection to the authority is pinned.
public struct JoinToken: Sendable, CustomStringConvertible {
  /// The length of the text in bytes.
  public static let byteCount = version.utf8.count + 3 + 22 + 43 + 43

  static let version = "tacet1"
  static let idLength = 16
  static let secretLength = 32

  /// The public part, by which the authority finds it: 22 characters.
  public let id: String
  /// SHA-256 of the root that the authority's chain must lead to, DER.
  public let rootFingerprint: [UInt8]
  let secret: SecretBytes

  /// Reads a token.
  /// - Throws: ``RegistrationError`` of kind malformed; it never holds any of the text.
  public init(_ text: String) throws(RegistrationError) {
    throw RegistrationError(.unavailable, "not there yet")
  }

  /// The text: a secret, to be handed to who is to enrol.
  public var text: String { "" }

  /// The id alone.
  public var description: String { "join token \(id)" }

  /// Whether a root is the one that the token names.
  /// - Parameter root: DER.
  public func names(_ root: [UInt8]) -> Bool { SHA256.hash(data: root).elementsEqual(rootFingerprint) }
}
