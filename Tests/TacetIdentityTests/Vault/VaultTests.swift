import Foundation
import Testing

@testable import TacetIdentity

/// Secrets at rest.
@Suite struct VaultTests {
  private static let headerLength = 56
  private let folder: TemporaryFolder
  private let file: URL
  private let passphrase: Passphrase
  private let secret = Array("a secret of some length".utf8)

  init() throws {
    folder = try TemporaryFolder()
    file = folder.file("key.enc")
    passphrase = try Passphrase("correct horse")
    try Vault.seal(SecretBytes(secret), with: passphrase, to: file)
  }

  @Test func roundTrip() throws {
    let opened = try Vault.open(file, with: passphrase)
    #expect(opened.withUnsafeBytes { Array($0) } == secret)
    #expect(try TemporaryFolder.mode(file) == 0o600)
  }

  /// The effort is in the file: 3 passes over 64 MiB.
  @Test func effort() throws {
    let header = [UInt8](try Data(contentsOf: file).prefix(16))
    #expect(header == Array("TACETKV1".utf8) + [0, 0, 0, 3] + [0, 1, 0, 0])
  }

  @Test func saltAndNonceAreFresh() throws {
    let second = folder.file("second.enc")
    try Vault.seal(SecretBytes(secret), with: passphrase, to: second)
    let (a, b) = (try Data(contentsOf: file), try Data(contentsOf: second))
    #expect(a[16..<32] != b[16..<32])
    #expect(a[32..<56] != b[32..<56])
    #expect(a.dropFirst(Self.headerLength) != b.dropFirst(Self.headerLength))
    #expect(a.count == b.count)
  }

  /// Each byte of the header and of what follows; a flipped bit is refused, never a crash, and never a larger effort than allowed.
  @Test func everyByteIsAuthenticated() throws {
    // Sealed with less effort than an authority's, since it is opened a hundred times.
    let effort = Vault.Effort(operations: 1, memoryKiB: 64)
    try Vault.seal(SecretBytes(secret), with: passphrase, to: file, effort: effort)
    let original = [UInt8](try Data(contentsOf: file))
    #expect(original.count == Self.headerLength + secret.count + 16)
    for index in original.indices {
      var changed = original
      changed[index] ^= 0x01
      try SecretFile.write(changed, to: file, mode: 0o600)
      #expect(throws: IdentityError.self, "byte \(index)") { try Vault.open(file, with: passphrase) }
    }
    try SecretFile.write(original, to: file, mode: 0o600)
    #expect(throws: Never.self) { try Vault.open(file, with: passphrase) }
  }

  @Test(arguments: [
    (UInt32(0), UInt32(65536)), (17, 65536), (.max, 65536), (3, 0), (3, 7), (3, 1 << 20 + 1), (3, .max),
  ])
  func effortOutOfRange(operations: UInt32, memory: UInt32) throws {
    var bytes = [UInt8](try Data(contentsOf: file))
    for index in 0..<4 {
      bytes[8 + index] = UInt8(truncatingIfNeeded: operations >> (24 - 8 * index))
      bytes[12 + index] = UInt8(truncatingIfNeeded: memory >> (24 - 8 * index))
    }
    try SecretFile.write(bytes, to: file, mode: 0o600)
    let error = #expect(throws: IdentityError.self) { try Vault.open(file, with: passphrase) }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("out of range") == true)
  }

  @Test(arguments: [0, 1, 8, 55, 56, 71, 72, 94]) func truncated(length: Int) throws {
    let bytes = try Data(contentsOf: file)
    try #require(length < bytes.count)
    try SecretFile.write(bytes.prefix(length), to: file, mode: 0o600)
    #expect(throws: IdentityError.self) { try Vault.open(file, with: passphrase) }
  }

  @Test func readableByOthers() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    let error = #expect(throws: IdentityError.self) { try Vault.open(file, with: passphrase) }
    #expect(error?.kind == .notPermitted)
  }

  // MARK: Passphrases

  @Test(arguments: ["correct horse", "correct horse\n", "correct horse\r\n", "correct horse\nsecond line\n"])
  func passphraseFile(text: String) throws {
    let typed = try Passphrase(file: folder.write(text, to: "passphrase"))
    #expect(throws: Never.self) { try Vault.open(file, with: typed) }
  }

  @Test(arguments: ["", "\n", "\nsecond line", String(repeating: "a", count: 1025)])
  func badPassphraseFile(text: String) throws {
    let file = try folder.write(text, to: "passphrase")
    let error = #expect(throws: IdentityError.self) { try Passphrase(file: file) }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("passphrase") == true)
  }

  @Test func passphraseFileOfOthers() throws {
    let missing = #expect(throws: IdentityError.self) { try Passphrase(file: folder.file("none")) }
    #expect(missing?.kind == .missing)
    let open = try folder.write("correct horse", to: "passphrase", mode: 0o644)
    let error = #expect(throws: IdentityError.self) { try Passphrase(file: open) }
    #expect(error?.kind == .notPermitted)
  }

  @Test func secretsAreNotPrinted() throws {
    let bytes = try SecretBytes(secret)
    for text in ["\(bytes)", String(reflecting: bytes), "\(passphrase)", String(describing: [bytes])] {
      #expect(text.contains("<redacted>"))
      #expect(!text.contains("secret of") && !text.contains("horse"))
    }
  }
}
