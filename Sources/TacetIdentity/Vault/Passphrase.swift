import CSodium
public import Foundation

/// The passphrase that opens a vault.
public struct Passphrase: Sendable {
  let bytes: SecretBytes

  /// A passphrase as typed.
  /// - Throws: ``IdentityError`` when it is empty or longer than 1,024 bytes.
  public init(_ text: String) throws(IdentityError) {
    guard (1...1024).contains(text.utf8.count) else {
      throw IdentityError(.badInput, "a passphrase has 1 to 1024 bytes")
    }
    bytes = try SecretBytes(Array(text.utf8))
  }

  /// The first line of a file.
  /// - Throws: ``IdentityError`` when the file is missing, readable by others, or empty.
  public init(file: URL) throws(IdentityError) {
    let data = try SecretFile.read(file, limit: 4096)
    let text = String(decoding: data, as: UTF8.self)
    let line = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    guard !line.isEmpty else { throw IdentityError(.badInput, "\(file.path) holds no passphrase on its first line") }
    try self.init(String(line.hasSuffix("\r") ? line.dropLast() : line))
  }

  /// One that nobody knows, for an authority that does not outlive its maker.
  package static func random() throws(IdentityError) -> Passphrase {
    var generator = SystemRandomNumberGenerator()
    return try Passphrase((0..<4).map { _ in String(generator.next(), radix: 36) }.joined())
  }
}
