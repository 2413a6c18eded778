import CSodium
import Crypto
import Foundation

/// The right to one certificate, in a text: `tacet1.ID.SECRET.ROOT`, each part base64url without padding.
///
/// It holds a secret: it is not printed by accident, only by ``text``. With it goes the SHA-256 of the root in force, so that the
/// first connection to the authority is pinned.
public struct JoinToken: Sendable, CustomStringConvertible {
  /// The length of the text in bytes.
  public static let byteCount = version.utf8.count + 3 + idCharacters + 2 * 43

  static let version = "tacet1"
  static let idCharacters = 22

  /// The public part, by which the authority finds it: 22 characters.
  public let id: String
  /// SHA-256 of the root that the authority's chain must lead to, DER.
  public let rootFingerprint: [UInt8]
  let secret: SecretBytes

  /// Reads a token.
  /// - Throws: ``RegistrationError`` of kind malformed; it never holds any of the text.
  public init(_ text: String) throws(RegistrationError) {
    var parts = try Parts(text)
    defer { sodium_memzero(&parts.secret, parts.secret.count) }
    do throws(IdentityError) {
      secret = try SecretBytes(parts.secret)
    } catch {
      throw RegistrationError(.unavailable, error.description)
    }
    id = parts.id
    rootFingerprint = parts.root
  }

  /// A new token, of random bytes.
  /// - Parameter root: the root in force, DER.
  /// - Throws: ``IdentityError``.
  static func make(root: [UInt8]) throws(IdentityError) -> JoinToken {
    var identifier = [UInt8](repeating: 0, count: 16)
    randombytes_buf(&identifier, identifier.count)
    let secret = try SecretBytes(count: 32) { randombytes_buf($0, 32) }
    return JoinToken(
      id: Base64URL.text(identifier), rootFingerprint: Array(SHA256.hash(data: root)), secret: secret)
  }

  private init(id: String, rootFingerprint: [UInt8], secret: SecretBytes) {
    self.id = id
    self.rootFingerprint = rootFingerprint
    self.secret = secret
  }

  /// The text: a secret, to be handed to who is to enrol.
  public var text: String {
    let secret = secret.withUnsafeBytes { Base64URL.text($0) }
    return "\(Self.version).\(id).\(secret).\(Base64URL.text(rootFingerprint))"
  }

  /// The id alone.
  public var description: String { "join token \(id)" }

  /// Whether a root is the one that the token names.
  /// - Parameter root: DER.
  public func names(_ root: [UInt8]) -> Bool { SHA256.hash(data: root).elementsEqual(rootFingerprint) }

  /// A token's parts, in plain memory: for the authority, which looks at thousands a second.
  struct Parts {
    let id: String
    var secret: [UInt8]
    let root: [UInt8]

    /// - Throws: ``RegistrationError`` of kind malformed.
    init(_ text: String) throws(RegistrationError) {
      let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
      guard text.utf8.count == JoinToken.byteCount, parts.count == 4, parts[0].elementsEqual(JoinToken.version.utf8),
        Base64URL.bytes(parts[1])?.count == 16, let secret = Base64URL.bytes(parts[2]), secret.count == 32,
        let root = Base64URL.bytes(parts[3]), root.count == 32
      else {
        throw RegistrationError(
          .malformedToken,
          "not a join token: it is one line of \(JoinToken.byteCount) characters, from `tacet ca token`")
      }
      id = String(Substring(parts[1]))
      self.secret = secret
      self.root = root
    }
  }
}
