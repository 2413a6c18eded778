import CSodium
import Foundation

/// A secret at rest: XChaCha20-Poly1305 under a key that Argon2id makes of a passphrase.
///
/// File: magic (8 bytes), operations (4, big-endian), memory in KiB (4), salt (16), nonce (24), ciphertext with tag. All before
/// the ciphertext is associated data: no byte of the file can be changed unnoticed (RFC 9106; draft-irtf-cfrg-xchacha).
enum Vault {
  private static let magic = Array("TACETKV1".utf8)
  private static let saltLength = Int(crypto_pwhash_SALTBYTES)
  private static let nonceLength = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
  private static let tagLength = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
  private static let headerLength = 16 + saltLength + nonceLength

  /// How hard a passphrase is to try: passes and memory of Argon2id.
  struct Effort: Equatable {
    let operations: UInt32
    let memoryKiB: UInt32

    /// What every vault of an authority is sealed with: 3 passes over 64 MiB.
    static let standard = Effort(operations: 3, memoryKiB: 64 << 10)

    /// What a file may ask for; a changed one can make us spend this much and no more.
    var isInRange: Bool { (1...16).contains(operations) && (8...(1 << 20)).contains(memoryKiB) }
  }

  /// The longest secret that is kept, in bytes.
  private static let longest = 4096

  /// Encrypts `secret` and writes it (0600), whole or not at all.
  static func seal(
    _ secret: SecretBytes, with passphrase: Passphrase, to file: URL, effort: Effort = .standard
  ) throws(IdentityError) {
    guard sodium_init() >= 0 else { throw IdentityError(.internalFault, "libsodium could not be initialised") }
    var header = magic + bigEndian(effort.operations) + bigEndian(effort.memoryKiB)
    header += random(saltLength) + random(nonceLength)
    let salt = Array(header[16..<(16 + saltLength)])
    let nonce = Array(header[(16 + saltLength)...])
    let key = try key(of: passphrase, salt: salt, effort: effort)
    var sealed = [UInt8](repeating: 0, count: secret.count + tagLength)
    let result = secret.withPointer { plain in
      key.withPointer { key in
        crypto_aead_xchacha20poly1305_ietf_encrypt(
          &sealed, nil, plain, UInt64(secret.count), header, UInt64(header.count), nil, nonce, key)
      }
    }
    guard result == 0 else { throw IdentityError(.internalFault, "\(file.path) could not be encrypted") }
    try SecretFile.write(header + sealed, to: file, mode: 0o600)
  }

  /// Reads and decrypts a secret.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase, or a file that was changed: the two cannot be told apart.
  static func open(_ file: URL, with passphrase: Passphrase) throws(IdentityError) -> SecretBytes {
    let bytes = [UInt8](try SecretFile.read(file, limit: headerLength + longest + tagLength))
    guard bytes.count > headerLength + tagLength, Array(bytes.prefix(8)) == magic else {
      throw IdentityError(.badInput, "\(file.path) is not an encrypted key, or is cut off: restore it from a backup")
    }
    let effort = Effort(operations: number(bytes[8..<12]), memoryKiB: number(bytes[12..<16]))
    guard effort.isInRange else {
      throw IdentityError(.badInput, "\(file.path) asks for an Argon2id effort out of range: restore it from a backup")
    }
    let header = Array(bytes.prefix(headerLength))
    let key = try key(of: passphrase, salt: Array(header[16..<(16 + saltLength)]), effort: effort)
    let sealed = Array(bytes.dropFirst(headerLength))
    return try SecretBytes(count: sealed.count - tagLength) { plain throws(IdentityError) in
      let result = key.withPointer { key in
        crypto_aead_xchacha20poly1305_ietf_decrypt(
          plain, nil, nil, sealed, UInt64(sealed.count), header, UInt64(header.count),
          Array(header[(16 + saltLength)...]), key)
      }
      guard result == 0 else {
        throw IdentityError(.notPermitted, "wrong passphrase for \(file.path), or the file was changed")
      }
    }
  }

  private static func key(
    of passphrase: Passphrase, salt: [UInt8], effort: Effort
  ) throws(IdentityError) -> SecretBytes {
    let length = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
    return try SecretBytes(count: length) { key throws(IdentityError) in
      let count = passphrase.bytes.count
      let result = passphrase.bytes.withPointer { phrase in
        phrase.withMemoryRebound(to: CChar.self, capacity: count) { phrase in
          crypto_pwhash(
            key, UInt64(length), phrase, UInt64(count), salt, UInt64(effort.operations),
            Int(effort.memoryKiB) << 10,
            crypto_pwhash_ALG_ARGON2ID13)
        }
      }
      guard result == 0 else {
        throw IdentityError(
          .internalFault, "not enough memory to open the key (\(effort.memoryKiB >> 10) MiB are needed)")
      }
    }
  }

  private static func random(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }
}
