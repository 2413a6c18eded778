import Foundation

/// A C2SP signed note: a text, an empty line, and signature lines `— <name> <base64(key ID ‖ signature)>`.
public struct SignedNote: Hashable, Sendable, CustomStringConvertible {
  /// One signature line.
  public struct Signature: Hashable, Sendable {
    /// The name of the key.
    public let name: String
    /// The four bytes that tell keys of one name apart, big-endian.
    public let identifier: UInt32
    /// The signature as such; 64 bytes for Ed25519.
    public let bytes: [UInt8]
  }

  /// The largest note that is read, in bytes.
  public static let maximumByteCount = 1_000_000
  /// The largest number of signature lines that is read.
  public static let maximumSignatureCount = 100

  /// What is signed; ends with a line feed.
  public let text: String
  /// The signature lines in their order.
  public let signatures: [Signature]

  init(text: String, signatures: [Signature]) {
    self.text = text
    self.signatures = signatures
  }

  /// Parses a note.
  /// - Throws: `NoteError.malformedNote`.
  public init(_ note: String) throws(NoteError) {
    guard note.utf8.count <= Self.maximumByteCount else {
      throw .malformedNote(reason: "longer than \(Self.maximumByteCount) bytes")
    }
    try Self.check(text: note)
    // The last empty line divides, since the text may have empty lines of its own.
    guard let gap = note.range(of: "\n\n", options: [.backwards, .literal]) else {
      throw .malformedNote(reason: "no empty line before the signatures")
    }
    let text = note[..<gap.lowerBound] + "\n"
    let rest = note[gap.upperBound...]
    let lines = rest.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count <= Self.maximumSignatureCount else {
      throw .malformedNote(reason: "more than \(Self.maximumSignatureCount) signatures")
    }
    var signatures: [Signature] = []
    for line in lines {
      guard let signature = Signature(line: line) else {
        throw .malformedNote(reason: "signature line \(signatures.count + 1) is not — name base64")
      }
      signatures.append(signature)
    }
    self.init(text: String(text), signatures: signatures)
  }

  /// Checks that one of the signatures is the verifier's.
  /// - Throws: `NoteError.invalidSignature` when a line claims this key and does not verify, `NoteError.unsigned` when no
  ///   line claims it.
  public func verify(by verifier: NoteVerifier) throws(NoteError) {
    let claims = signatures.filter { $0.name == verifier.name && $0.identifier == verifier.identifier }
    guard !claims.isEmpty else { throw .unsigned(name: verifier.name) }
    for claim in claims where !verifier.isValid(claim.bytes, for: text) {
      throw .invalidSignature(name: verifier.name)
    }
  }

  /// The serialised note.
  public var description: String {
    text + "\n" + signatures.map { "\($0.line)\n" }.joined()
  }

  static func check(text: String) throws(NoteError) {
    guard text.utf8.last == 0x0A else { throw .malformedNote(reason: "it does not end with a line feed") }
    guard !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A }) else {
      throw .malformedNote(reason: "it has a control character")
    }
  }
}

extension SignedNote.Signature {
  fileprivate init?(line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count == 3, fields[0] == "—", NoteVerifier.isName(String(fields[1])),
      let bytes = NoteVerifier.canonicalBase64(String(fields[2])), bytes.count > 4
    else { return nil }
    self.init(
      name: String(fields[1]), identifier: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
      bytes: Array(bytes.dropFirst(4)))
  }

  fileprivate var line: String {
    let prefix = (0..<4).map { UInt8(truncatingIfNeeded: identifier >> UInt32(24 - 8 * $0)) }
    return "— \(name) \(Data(prefix + bytes).base64EncodedString())"
  }
}
