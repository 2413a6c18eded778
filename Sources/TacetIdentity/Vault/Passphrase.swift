import CSodium
public import Foundation

/// The passphrase that opens a vault.
public struct Passphrase: Sendable {
  let bytes: SecretBytes

  /// A passphrase as typed.
  /// - Throws: ``IdentityError`` when it is empty or longer than 1,024 bytes.
  public init(_ text: String) throws(IdentityError) {
    try self.init(bytes: Array(text.utf8))
  }

  private init(bytes: some Collection<UInt8>) throws(IdentityError) {
    guard (1...1024).contains(bytes.count) else {
      throw IdentityError(.badInput, "a passphrase has 1 to 1024 bytes")
    }
    self.bytes = try SecretBytes(bytes)
  }

  /// The first line of a file, byte by byte; its end (LF, or CR and LF) is not part of it.
  /// - Throws: ``IdentityError`` when the file is missing, readable by others, or empty.
  public init(file: URL) throws(IdentityError) {
    try self.init(bytes: try SecretFile.firstLine(of: file, holding: "passphrase"))
  }

  /// One that nobody knows, for an authority that does not outlive its maker.
  package static func random() throws(IdentityError) -> Passphrase {
    var generator = SystemRandomNumberGenerator()
    return try Passphrase((0..<4).map { _ in String(generator.next(), radix: 36) }.joined())
  }
}
