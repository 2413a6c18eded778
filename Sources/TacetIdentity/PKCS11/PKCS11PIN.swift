public import Foundation

/// The PIN by which a token lets its keys be used.
public struct PKCS11PIN: Sendable {
  let bytes: SecretBytes

  /// A PIN as typed.
  /// - Throws: ``IdentityError`` when it is empty or longer than 255 bytes.
  public init(_ text: String) throws(IdentityError) {
    try self.init(bytes: Array(text.utf8))
  }

  /// The first line of a file, byte by byte.
  /// - Throws: ``IdentityError`` when the file is missing, readable by others, or empty.
  public init(file: URL) throws(IdentityError) {
    try self.init(bytes: try SecretFile.firstLine(of: file, holding: "PIN"))
  }

  private init(bytes: some Collection<UInt8>) throws(IdentityError) {
    guard (1...255).contains(bytes.count) else { throw IdentityError(.badInput, "a PIN has 1 to 255 bytes") }
    self.bytes = try SecretBytes(bytes)
  }
}
