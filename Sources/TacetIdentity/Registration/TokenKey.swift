import Crypto
import Foundation
import SwiftASN1
import X509

/// The key that an authority signs JWT-SVIDs with; each generation has one.
struct TokenKey: Sendable {
  let key: P256.Signing.PrivateKey
  /// Since when it is there: who has an older bundle does not know it.
  let since: Date

  /// The key as the bundle has it.
  var published: TrustBundle.JWTKey {
    TrustBundle.JWTKey(curve: .p256, point: Array(key.publicKey.rawRepresentation))
  }

  /// The key of a generation; nil where it has none yet.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
  static func open(
    in generation: CertificateAuthority.GenerationFiles, passphrase: Passphrase
  ) throws(IdentityError) -> TokenKey? {
    guard let since = modified(generation.tokenKey) else { return nil }
    let secret = try Vault.open(generation.tokenKey, with: passphrase)
    let key = secret.withUnsafeBytes { try? P256.Signing.PrivateKey(rawRepresentation: $0) }
    guard let key else {
      throw IdentityError(.badInput, "\(generation.tokenKey.path) is damaged: restore it from a backup")
    }
    return TokenKey(key: key, since: since)
  }

  /// Makes the key of a generation; to be called while nobody else does.
  /// - Throws: ``IdentityError``.
  static func make(
    in generation: CertificateAuthority.GenerationFiles, passphrase: Passphrase
  ) throws(IdentityError) {
    let key = P256.Signing.PrivateKey()
    try Vault.seal(SecretBytes(Array(key.rawRepresentation)), with: passphrase, to: generation.tokenKey)
  }

  /// When a file was written; nil where there is none.
  static func modified(_ file: URL) -> Date? {
    var status = stat()
    guard stat(file.path, &status) == 0 else { return nil }
    return Date(timeIntervalSince1970: TimeInterval(status.st_mtim.tv_sec))
  }
}
