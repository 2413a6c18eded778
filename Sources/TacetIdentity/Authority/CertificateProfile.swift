import Crypto
import Foundation
import SwiftASN1
import X509

/// What the certificates of a trust domain look like: root, intermediate, leaf (RFC 5280 §4; X509-SVID §§2–4).
enum CertificateProfile {
  /// A root with its intermediate and both keys.
  struct Authority {
    let root: [UInt8]
    let rootKey: P256.Signing.PrivateKey
    let intermediate: [UInt8]
    let intermediateKey: P256.Signing.PrivateKey
  }

  private static let day: TimeInterval = 86400
  /// Clocks differ: certificates are valid from a minute ago.
  private static let leeway: TimeInterval = 60

  /// Makes a root (ten years) and the intermediate that it signs (one year).
  static func makeAuthority(trustDomain: TrustDomain, at date: Date) throws(IdentityError) -> Authority {
    let rootKey = P256.Signing.PrivateKey()
    let intermediateKey = P256.Signing.PrivateKey()
    let rootName = try name("Tacet root", trustDomain)
    let root = try certificate(
      key: rootKey.publicKey, from: date, until: date.addingTimeInterval(3650 * day), issuer: rootName,
      subject: rootName, extensions: try signing(trustDomain, key: rootKey.publicKey, issuerKey: nil, isRoot: true),
      signedBy: Certificate.PrivateKey(rootKey))
    let intermediate = try certificate(
      key: intermediateKey.publicKey, from: date, until: date.addingTimeInterval(365 * day), issuer: rootName,
      subject: try name("Tacet intermediate", trustDomain),
      extensions: try signing(
        trustDomain, key: intermediateKey.publicKey, issuerKey: rootKey.publicKey, isRoot: false),
      signedBy: Certificate.PrivateKey(rootKey))
    return Authority(
      root: try der(root), rootKey: rootKey, intermediate: try der(intermediate), intermediateKey: intermediateKey)
  }

  /// Makes a leaf.
  static func leaf(
    names: SubjectAlternativeNames, key: P256.Signing.PublicKey, issuer: Certificate, issuerKey: Certificate.PrivateKey,
    from date: Date, until end: Date
  ) throws(IdentityError) -> Certificate {
    let extensions = try make {
      try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth, .clientAuth])
        // Critical, since the subject is empty (RFC 5280 §4.2.1.6).
        Critical(names)
        SubjectKeyIdentifier(hash: Certificate.PublicKey(key))
        try AuthorityKeyIdentifier(keyIdentifier: issuer.extensions.subjectKeyIdentifier?.keyIdentifier)
      }
    }
    return try certificate(
      key: key, from: date, until: end, issuer: issuer.subject,
      subject: DistinguishedName([RelativeDistinguishedName]()),
      extensions: extensions, signedBy: issuerKey)
  }

  /// The names of a leaf: its SPIFFE ID first.
  static func names(
    _ id: SPIFFEID, dnsNames: [String], ipAddresses: [String]
  ) throws(IdentityError) -> SubjectAlternativeNames {
    var names: [GeneralName] = [.uniformResourceIdentifier(id.description)]
    for name in dnsNames {
      guard isHostName(name) else { throw IdentityError(.badInput, "\(name.debugDescription) is not a DNS name") }
      names.append(.dnsName(name))
    }
    for address in ipAddresses { names.append(.ipAddress(try octets(of: address))) }
    guard names.count <= ChainVerifier.mostNames else {
      throw IdentityError(
        .badInput, "\(names.count) names, at most \(ChainVerifier.mostNames) are accepted in a certificate")
    }
    return SubjectAlternativeNames(names)
  }

  /// Whether a text is a host name (RFC 1123 §2.1): labels of 1 to 63 letters, digits and inner hyphens, 253 bytes in all.
  static func isHostName(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
  }

  private static func octets(of address: String) throws(IdentityError) -> ASN1OctetString {
    var v4 = in_addr()
    if inet_pton(AF_INET, address, &v4) == 1 {
      return withUnsafeBytes(of: &v4) { ASN1OctetString(contentBytes: Array($0)[...]) }
    }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, address, &v6) == 1 else {
      throw IdentityError(.badInput, "\(address.debugDescription) is not an IP address")
    }
    return withUnsafeBytes(of: &v6) { ASN1OctetString(contentBytes: Array($0)[...]) }
  }

  private static func signing(
    _ trustDomain: TrustDomain, key: P256.Signing.PublicKey, issuerKey: P256.Signing.PublicKey?, isRoot: Bool
  ) throws(IdentityError) -> Certificate.Extensions {
    try make {
      try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: isRoot ? nil : 0))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: Certificate.PublicKey(key))
        SubjectAlternativeNames([.uniformResourceIdentifier("spiffe://\(trustDomain)")])
        if let issuerKey {
          AuthorityKeyIdentifier(
            keyIdentifier: SubjectKeyIdentifier(hash: Certificate.PublicKey(issuerKey)).keyIdentifier)
          Critical(NameConstraints(permittedSubtrees: [.uniformResourceIdentifier(trustDomain.description)]))
        }
      }
    }
  }

  private static func name(_ title: String, _ trustDomain: TrustDomain) throws(IdentityError) -> DistinguishedName {
    try make {
      try DistinguishedName {
        OrganizationName("Tacet")
        CommonName(String("\(title) \(trustDomain)".prefix(64)))
      }
    }
  }

  private static func certificate(
    key: P256.Signing.PublicKey, from date: Date, until end: Date, issuer: DistinguishedName,
    subject: DistinguishedName,
    extensions: Certificate.Extensions, signedBy issuerKey: Certificate.PrivateKey
  ) throws(IdentityError) -> Certificate {
    try make {
      try Certificate(
        version: .v3, serialNumber: serialNumber(), publicKey: Certificate.PublicKey(key),
        notValidBefore: date.addingTimeInterval(-leeway), notValidAfter: end, issuer: issuer, subject: subject,
        signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: issuerKey)
    }
  }

  /// 159 random bits: positive and at most 20 octets (RFC 5280 §4.1.2.2), never the same twice.
  private static func serialNumber() -> Certificate.SerialNumber {
    var generator = SystemRandomNumberGenerator()
    var bytes = (0..<20).map { _ in UInt8.random(in: 0...255, using: &generator) }
    // Neither negative nor with a leading zero, whatever the draw.
    bytes[0] = bytes[0] & 0x3F | 0x40
    return Certificate.SerialNumber(bytes: bytes)
  }

  /// The DER of a certificate.
  static func der(_ certificate: Certificate) throws(IdentityError) -> [UInt8] {
    try make {
      var serializer = DER.Serializer()
      try serializer.serialize(certificate)
      return serializer.serializedBytes
    }
  }

  private static func make<Value>(_ body: () throws -> Value) throws(IdentityError) -> Value {
    do {
      return try body()
    } catch {
      throw IdentityError(.internalFault, "a certificate could not be made")
    }
  }
}
