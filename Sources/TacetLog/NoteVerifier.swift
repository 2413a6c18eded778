public import Crypto
import Foundation

/// The public half of an Ed25519 note key (C2SP signed-note): a name and a public key.
public struct NoteVerifier: Sendable, CustomStringConvertible {
  /// The algorithm byte of Ed25519 in key strings and key IDs.
  static let ed25519: UInt8 = 0x01

  /// The key's name, not empty, without white space or `+`.
  public let name: String

  /// The first four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ public key), big-endian.
  public let identifier: UInt32

  let publicKey: Curve25519.Signing.PublicKey

  /// Names a public key.
  /// - Throws: `NoteError.malformedKey` when the name is not usable.
  public init(name: String, publicKey: Curve25519.Signing.PublicKey) throws(NoteError) {
    guard Self.isName(name) else {
      throw .malformedKey(reason: "the name must not be empty nor contain white space or +")
    }
    self.name = name
    self.publicKey = publicKey
    let digest = SHA256.hash(data: Array(name.utf8) + [0x0A, Self.ed25519] + publicKey.rawRepresentation)
    identifier = digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Parses a C2SP verifier key: `<name>+<8 hex digits>+<base64(0x01 ‖ public key)>`.
  /// - Throws: `NoteError.malformedKey`, also when the hash does not fit the key.
  public init(_ vkey: String) throws(NoteError) {
    let fields = vkey.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3, let encoded = Self.canonicalBase64(String(fields[2])) else {
      throw .malformedKey(reason: "a verifier key is name+hash+base64")
    }
    guard encoded.count == 33, encoded.first == Self.ed25519,
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: encoded.dropFirst())
    else { throw .malformedKey(reason: "only Ed25519 keys (type 1, 32 bytes) are supported") }
    try self.init(name: String(fields[0]), publicKey: key)
    guard fields[1] == Self.hex(identifier) else {
      throw .malformedKey(reason: "the hash does not belong to the key and its name")
    }
  }

  /// The C2SP verifier key, one line without a line feed.
  public var description: String {
    "\(name)+\(Self.hex(identifier))+"
      + Data([Self.ed25519] + publicKey.rawRepresentation).base64EncodedString()
  }

  /// Whether `signature` (64 bytes) is this key's over the note text.
  public func isValid(_ signature: [UInt8], for text: String) -> Bool {
    publicKey.isValidSignature(signature, for: Array(text.utf8))
  }

  static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.unicodeScalars.contains { $0 == "+" || $0.properties.isWhitespace || $0.value < 0x20 }
  }

  static func hex(_ identifier: UInt32) -> String {
    let digits = String(identifier, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Decodes standard base64 and accepts the one canonical spelling only.
  package static func canonicalBase64(_ text: String) -> [UInt8]? {
    guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
    return Array(data)
  }
}
