import Crypto
import SwiftASN1
import X509

extension SVID {
  /// The leaf's private key as PKCS #8 in DER, which is what the SPIFFE Workload API hands out; files may have it as SEC 1.
  /// - Throws: ``IdentityError`` for a key that has no such form here (RSA in PKCS #1).
  package func privateKeyDER() throws(IdentityError) -> SecretBytes {
    let der = privateKeyPEM.withUnsafeBytes { bytes -> [UInt8]? in
      guard let document = try? PEMDocument(pemString: String(decoding: bytes, as: UTF8.self)) else { return nil }
      switch document.discriminator {
      case "PRIVATE KEY": return document.derBytes
      case "EC PRIVATE KEY": return Self.wrapped(document)
      default: return nil
      }
    }
    guard let der else {
      throw IdentityError(.badInput, "the private key of \(id.path) is neither PKCS #8 nor SEC 1: issue it anew")
    }
    return try SecretBytes(der)
  }

  /// A SEC 1 key as PKCS #8.
  private static func wrapped(_ document: PEMDocument) -> [UInt8]? {
    if let key = try? P256.Signing.PrivateKey(pemRepresentation: document.pemString) {
      return Array(key.derRepresentation)
    }
    return (try? P384.Signing.PrivateKey(pemRepresentation: document.pemString)).map { Array($0.derRepresentation) }
  }
}
