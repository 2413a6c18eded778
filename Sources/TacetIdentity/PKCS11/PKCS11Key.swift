import CP11Kit
import Crypto
import Foundation
import SwiftASN1
import X509
import _CryptoExtras

/// A private key that stays in its token (PKCS #11), which signs with it.
struct PKCS11Key: CustomPrivateKey {
  let publicKey: Certificate.PublicKey
  private let scheme: SignatureScheme
  private let sessions: PKCS11Sessions
  private let object: UInt

  /// Logs in to the token, once, and finds the key.
  /// - Parameter publicKey: of the certificate that the key must belong to; nil to take the one that the token shows.
  /// - Throws: ``IdentityError``: not permitted for a wrong PIN; missing where there is no such module, token or key.
  init(_ uri: PKCS11URI, pin: PKCS11PIN, publicKey: Certificate.PublicKey? = nil) throws(IdentityError) {
    sessions = try PKCS11Sessions(uri, pin: pin)
    object = try Self.only(of: CKO_PRIVATE_KEY, "private key", uri, sessions)
    if let publicKey {
      self.publicKey = publicKey
    } else {
      self.publicKey = try Self.readPublicKey(uri, sessions)
    }
    guard let scheme = SignatureScheme(signingBy: self.publicKey), scheme != .ed25519,
      CertificateRules.isStrong(self.publicKey)
    else { throw Self.unfit(uri) }
    self.scheme = scheme
    try prove(uri)
  }

  /// Signs something, to know that the private key is the other half of the public one.
  private func prove(_ uri: PKCS11URI) throws(IdentityError) {
    let message = CertificateProfile.serialOctets()
    let signature = try sign(message)
    guard publicKey.isValidSignature(signature, for: message, signatureAlgorithm: scheme.algorithm) else {
      throw IdentityError(.badInput, "the key of \(uri) is not the one of the certificate")
    }
  }

  private static func only(
    of kind: UInt, _ name: String, _ uri: PKCS11URI, _ sessions: PKCS11Sessions
  ) throws(IdentityError) -> UInt {
    let found = try sessions.objects(kind, of: uri)
    guard let first = found.first else { throw IdentityError(.missing, "the token holds no \(name) for \(uri)") }
    guard found.count == 1 else {
      throw IdentityError(.badInput, "several keys are meant by \(uri): name one, by object= and id=")
    }
    return first
  }

  private static func readPublicKey(
    _ uri: PKCS11URI, _ sessions: PKCS11Sessions
  ) throws(IdentityError) -> Certificate.PublicKey {
    let object = try only(of: CKO_PUBLIC_KEY, "public key (it is needed beside the private one)", uri, sessions)
    if let curve = try sessions.attribute(CKA_EC_PARAMS, of: object),
      let point = try sessions.attribute(CKA_EC_POINT, of: object), let key = publicKey(curve: curve, point: point)
    {
      return key
    }
    if let modulus = try sessions.attribute(CKA_MODULUS, of: object),
      let exponent = try sessions.attribute(CKA_PUBLIC_EXPONENT, of: object),
      let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
    {
      return Certificate.PublicKey(key)
    }
    throw unfit(uri)
  }

  /// - Parameters:
  ///   - curve: the DER of the curve's OID.
  ///   - point: the DER of an octet string of the point, or the point alone, as some tokens have it.
  private static func publicKey(curve: [UInt8], point: [UInt8]) -> Certificate.PublicKey? {
    switch curve {
    case [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]:
      (try? P256.Signing.PublicKey(x963Representation: point.suffix(65))).map { Certificate.PublicKey($0) }
    case [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]:
      (try? P384.Signing.PublicKey(x963Representation: point.suffix(97))).map { Certificate.PublicKey($0) }
    default: nil
    }
  }

  private static func unfit(_ uri: PKCS11URI) -> IdentityError {
    IdentityError(.badInput, "the key of \(uri) is of no use here; good are P-256, P-384, and RSA from 2048 bits")
  }

  // MARK: Signing

  var defaultSignatureAlgorithm: Certificate.SignatureAlgorithm { scheme.algorithm }
  var supportedSignatureAlgorithms: [Certificate.SignatureAlgorithm] { [scheme.algorithm] }

  func signSynchronously(
    bytes: some DataProtocol, signatureAlgorithm: Certificate.SignatureAlgorithm
  ) throws -> Certificate.Signature {
    guard signatureAlgorithm == scheme.algorithm else {
      throw IdentityError(.internalFault, "a key in a token was to sign by another algorithm than its own")
    }
    return try Certificate.Signature(
      signatureAlgorithm: signatureAlgorithm, signatureBytes: ASN1BitString(bytes: try sign(bytes)[...]))
  }

  /// The signature as certificates have it. The token sees a digest, so that long lists are hashed here.
  private func sign(_ bytes: some DataProtocol) throws(IdentityError) -> [UInt8] {
    let encoded: Data?
    switch scheme {
    case .ecdsaWithSHA256:
      let raw = try sessions.sign(Array(SHA256.hash(data: bytes)), by: object, mechanism: CKM_ECDSA)
      encoded = (try? P256.Signing.ECDSASignature(rawRepresentation: raw))?.derRepresentation
    case .ecdsaWithSHA384:
      let raw = try sessions.sign(Array(SHA384.hash(data: bytes)), by: object, mechanism: CKM_ECDSA)
      encoded = (try? P384.Signing.ECDSASignature(rawRepresentation: raw))?.derRepresentation
    default:
      let digest = Self.sha256Prefix + SHA256.hash(data: bytes)
      return try sessions.sign(digest, by: object, mechanism: CKM_RSA_PKCS)
    }
    guard let encoded else { throw IdentityError(.inputOutput, "the token has made a malformed signature") }
    return Array(encoded)
  }

  /// What stands before a SHA-256 digest that is signed by RSA (RFC 8017 §9.2, note 1).
  private static let sha256Prefix: [UInt8] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
  ]

  // MARK: As a value

  static func == (first: PKCS11Key, second: PKCS11Key) -> Bool { first.publicKey == second.publicKey }

  func hash(into hasher: inout Hasher) { hasher.combine(publicKey) }

  // MARK: It does not leave its token

  static var defaultPEMDiscriminator: String { "PRIVATE KEY" }

  func serializeAsPEM(discriminator: String) throws -> PEMDocument { throw Self.staysWhereItIs }

  func serialize(into coder: inout DER.Serializer) throws { throw Self.staysWhereItIs }

  private static var staysWhereItIs: IdentityError {
    IdentityError(.notPermitted, "a key in a token stays there")
  }
}
