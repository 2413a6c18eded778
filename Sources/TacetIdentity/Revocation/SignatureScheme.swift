import Crypto
import X509
import _CryptoExtras

/// The signature algorithms that are accepted, each with its only encoding (RFC 5758 §3.2, RFC 8410 §3, RFC 4055 §5).
enum SignatureScheme: CaseIterable {
  case ecdsaWithSHA256
  case ecdsaWithSHA384
  case ecdsaWithSHA512
  case ed25519
  case rsaWithSHA256
  case rsaWithSHA384
  case rsaWithSHA512

  /// The DER of the AlgorithmIdentifier.
  var identifier: [UInt8] {
    switch self {
    case .ecdsaWithSHA256: Self.ecdsa(0x02)
    case .ecdsaWithSHA384: Self.ecdsa(0x03)
    case .ecdsaWithSHA512: Self.ecdsa(0x04)
    case .ed25519: [0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70]
    case .rsaWithSHA256: Self.rsa(0x0B)
    case .rsaWithSHA384: Self.rsa(0x0C)
    case .rsaWithSHA512: Self.rsa(0x0D)
    }
  }

  /// The same for the library.
  var algorithm: Certificate.SignatureAlgorithm {
    switch self {
    case .ecdsaWithSHA256: .ecdsaWithSHA256
    case .ecdsaWithSHA384: .ecdsaWithSHA384
    case .ecdsaWithSHA512: .ecdsaWithSHA512
    case .ed25519: .ed25519
    case .rsaWithSHA256: .sha256WithRSAEncryption
    case .rsaWithSHA384: .sha384WithRSAEncryption
    case .rsaWithSHA512: .sha512WithRSAEncryption
    }
  }

  /// - Parameter identifier: the DER of an AlgorithmIdentifier.
  init?(identifier: some Collection<UInt8>) {
    guard let found = Self.allCases.first(where: { $0.identifier.elementsEqual(identifier) }) else { return nil }
    self = found
  }

  /// What a key signs by; nil for a kind of key that is not accepted.
  init?(signingBy key: Certificate.PublicKey) {
    if P256.Signing.PublicKey(key) != nil {
      self = .ecdsaWithSHA256
    } else if P384.Signing.PublicKey(key) != nil {
      self = .ecdsaWithSHA384
    } else if Curve25519.Signing.PublicKey(key) != nil {
      self = .ed25519
    } else if _RSA.Signing.PublicKey(key) != nil {
      self = .rsaWithSHA256
    } else {
      return nil
    }
  }

  private static func ecdsa(_ last: UInt8) -> [UInt8] {
    [0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, last]
  }

  private static func rsa(_ last: UInt8) -> [UInt8] {
    [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, last, 0x05, 0x00]
  }
}
