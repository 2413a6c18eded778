public import Crypto
import Foundation

/// An Ed25519 note key that can sign (C2SP signed-note). It never describes its private half.
public struct NoteSigner: Sendable, CustomStringConvertible {
  /// The public half.
  public let verifier: NoteVerifier

  private let privateKey: Curve25519.Signing.PrivateKey

  /// Names a private key; a fresh one from the system's generator by default.
  /// - Throws: `NoteError.malformedKey` when the name is not usable.
  public init(name: String, privateKey: Curve25519.Signing.PrivateKey = .init()) throws(NoteError) {
    verifier = try NoteVerifier(name: name, publicKey: privateKey.publicKey)
    self.privateKey = privateKey
  }

  /// Parses a signer key as Go's `sumdb/note` writes it: `PRIVATE+KEY+<name>+<hash>+<base64(0x01 ‖ seed)>`.
  /// - Throws: `NoteError.malformedKey`, also when the hash does not fit the key.
  public init(encoded: String) throws(NoteError) {
    let fields = encoded.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
    guard fields.count == 5, fields[0] == "PRIVATE", fields[1] == "KEY",
      let bytes = NoteVerifier.canonicalBase64(String(fields[4])), bytes.count == 33,
      bytes.first == NoteVerifier.ed25519,
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.dropFirst())
    else { throw .malformedKey(reason: "not an Ed25519 signer key") }
    try self.init(name: String(fields[2]), privateKey: key)
    guard fields[3] == NoteVerifier.hex(verifier.identifier) else {
      throw .malformedKey(reason: "the hash does not belong to the key and its name")
    }
  }

  /// The secret encoding that `init(encoded:)` reads; for a file that only its owner may read.
  public var secretEncoding: String {
    let seed = Data([NoteVerifier.ed25519] + privateKey.rawRepresentation).base64EncodedString()
    return "PRIVATE+KEY+\(verifier.name)+\(NoteVerifier.hex(verifier.identifier))+\(seed)"
  }

  /// The name alone.
  public var description: String { "note signer \(verifier.name)" }

  /// Signs a text that ends with a line feed.
  /// - Throws: `NoteError.malformedNote` when the text cannot be a note.
  public func sign(_ text: String) throws(NoteError) -> SignedNote {
    try SignedNote.check(text: text)
    guard let signature = try? privateKey.signature(for: Array(text.utf8)) else {
      throw .malformedNote(reason: "the key could not sign")
    }
    return SignedNote(
      text: text,
      signatures: [.init(name: verifier.name, identifier: verifier.identifier, bytes: Array(signature))])
  }
}
