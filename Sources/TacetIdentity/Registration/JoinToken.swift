import CSodium
import Crypto
import Foundation

/// The right to one certificate, in a text: `tacet1.ID.SECRET.ROOT.TRUSTDOMAIN`, the parts before the trust domain base64url without
/// padding.
///
/// It holds a secret: it is not printed by accident, only by ``text``. With it go the SHA-256 of the root in force and the trust
/// domain, so that the first connection to the authority is pinned: under a root that others have authorities of, too.
public struct JoinToken: Sendable, CustomStringConvertible {
  /// The length of the text in bytes: that of the trust domain's name is 1 to 255.
  public static let byteCounts = (fixedBytes + 1)...(fixedBytes + 255)

  private static let fixedBytes = version.utf8.count + 4 + idCharacters + 2 * 43

  static let version = "tacet1"
  static let idCharacters = 22

  /// The public part, by which the authority finds it: 22 characters.
  public let id: String
  /// SHA-256 of the root that the authority's chain must lead to, DER.
  public let rootFingerprint: [UInt8]
  /// The trust domain of the authority, and of the certificate.
  public let trustDomain: TrustDomain
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
    trustDomain = parts.trustDomain
  }

  /// A new token, of random bytes.
  /// - Parameters:
  ///   - root: the root in force, DER.
  ///   - trustDomain: the authority's.
  /// - Throws: ``IdentityError``.
  static func make(root: [UInt8], trustDomain: TrustDomain) throws(IdentityError) -> JoinToken {
    var identifier = [UInt8](repeating: 0, count: 16)
    randombytes_buf(&identifier, identifier.count)
    let secret = try SecretBytes(count: 32) { randombytes_buf($0, 32) }
    return JoinToken(
      id: Base64URL.text(identifier), rootFingerprint: Array(SHA256.hash(data: root)), trustDomain: trustDomain,
      secret: secret)
  }

  private init(id: String, rootFingerprint: [UInt8], trustDomain: TrustDomain, secret: SecretBytes) {
    self.id = id
    self.rootFingerprint = rootFingerprint
    self.trustDomain = trustDomain
    self.secret = secret
  }

  /// The text: a secret, to be handed to who is to enrol.
  public var text: String {
    let secret = secret.withUnsafeBytes { Base64URL.text($0) }
    return "\(Self.version).\(id).\(secret).\(Base64URL.text(rootFingerprint)).\(trustDomain)"
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
    let trustDomain: TrustDomain

    /// - Throws: ``RegistrationError`` of kind malformed.
    init(_ text: String) throws(RegistrationError) {
      guard JoinToken.byteCounts.contains(text.utf8.count) else { throw Self.malformed }
      let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
      guard parts.count == 5, parts[0].elementsEqual(JoinToken.version.utf8), Base64URL.bytes(parts[1])?.count == 16,
        let secret = Base64URL.bytes(parts[2]), secret.count == 32, let root = Base64URL.bytes(parts[3]),
        root.count == 32, let domain = try? TrustDomain(String(Substring(parts[4])))
      else { throw Self.malformed }
      id = String(Substring(parts[1]))
      self.secret = secret
      self.root = root
      trustDomain = domain
    }

    private static var malformed: RegistrationError {
      RegistrationError(.malformedToken, "not a join token: it is one line, from `tacet ca token`")
    }
  }
}
