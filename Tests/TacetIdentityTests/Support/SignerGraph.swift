import Crypto
import Foundation
import SwiftASN1
import X509

/// Certificate authorities that sign each other, as an attacker makes them to keep a verifier busy.
struct SignerGraph {
  private let key = P256.Signing.PrivateKey()

  /// `count` authorities of one name and one key, which therefore all sign each other; they differ in their host names, which is
  /// what the library tells repetitions by.
  func crossSigned(_ count: Int) throws -> [[UInt8]] {
    try (0..<count).map { index in
      try certificate(subject: "hub", issuer: "hub", isAuthority: true, dnsName: "hub-\(index).example")
    }
  }

  /// A leaf that each of them signed.
  func leaf(uri: String) throws -> [UInt8] {
    try certificate(subject: "leaf", issuer: "hub", isAuthority: false, uri: uri)
  }

  private func certificate(
    subject: String, issuer: String, isAuthority: Bool, dnsName: String? = nil, uri: String? = nil
  ) throws -> [UInt8] {
    let names = [dnsName.map { GeneralName.dnsName($0) }, uri.map { GeneralName.uniformResourceIdentifier($0) }]
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(bytes: [1]),
      publicKey: Certificate.PublicKey((isAuthority ? key : P256.Signing.PrivateKey()).publicKey),
      notValidBefore: Date(timeIntervalSinceNow: -60), notValidAfter: Date(timeIntervalSinceNow: 3600),
      issuer: DistinguishedName { CommonName(issuer) }, subject: DistinguishedName { CommonName(subject) },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(
          isAuthority
            ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: !isAuthority, keyCertSign: isAuthority))
        SubjectAlternativeNames(names.compactMap { $0 })
      }, issuerPrivateKey: Certificate.PrivateKey(key))
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    return serializer.serializedBytes
  }
}
