import Crypto
import Foundation
import SwiftASN1
import TacetLog
import X509

/// What the certificates of a trust domain look like: root, intermediate, leaf (RFC 5280 §4; X509-SVID §§2–4).
enum CertificateProfile {
  /// A certificate with its key.
  struct Pair {
    let certificate: Certificate
    let key: Certificate.PrivateKey
    /// The key as PEM text, to be kept; nil where it is in a token.
    var secret: SecretBytes?
  }

  private static let day: TimeInterval = 86400
  /// Clocks differ: certificates are valid from a minute ago.
  static let leeway: TimeInterval = 60

  /// Makes a root, good for ten years.
  static func makeRoot(trustDomain: TrustDomain, at date: Date) throws(IdentityError) -> Pair {
    let (key, secret) = try SecretBytes.makeP256Key()
    let name = try name("Tacet root", trustDomain, key: Certificate.PublicKey(key.publicKey))
    let root = try certificate(
      key: Certificate.PublicKey(key.publicKey), from: date, until: date.addingTimeInterval(3650 * day), issuer: name,
      subject: name,
      extensions: try signing(trustDomain, key: Certificate.PublicKey(key.publicKey), issuer: nil, pathLength: nil),
      signedBy: Certificate.PrivateKey(key))
    return Pair(certificate: root, key: Certificate.PrivateKey(key), secret: secret)
  }

  /// Makes an intermediate, good for a year at most, that a root signs.
  static func makeIntermediate(
    trustDomain: TrustDomain, root: Pair, at date: Date
  ) throws(IdentityError) -> Pair {
    let (made, secret) = try SecretBytes.makeP256Key()
    let key = Certificate.PrivateKey(made)
    let certificate = try intermediate(for: key.publicKey, trustDomain: trustDomain, root: root, at: date)
    return Pair(certificate: certificate, key: key, secret: secret)
  }

  /// The same for a key that is there already.
  static func intermediate(
    for key: Certificate.PublicKey, trustDomain: TrustDomain, root: Pair, at date: Date
  ) throws(IdentityError) -> Certificate {
    try certificate(
      key: key, from: date, until: min(date.addingTimeInterval(365 * day), root.certificate.notValidAfter),
      issuer: root.certificate.subject, subject: try name("Tacet intermediate", trustDomain, key: key),
      extensions: try signing(trustDomain, key: key, issuer: root.certificate, pathLength: 0), signedBy: root.key)
  }

  /// Makes the certificate by which an old root vouches for a new one: who knows only the old one follows it.
  static func makeBridge(
    trustDomain: TrustDomain, from old: Pair, to new: Certificate, at date: Date
  ) throws(IdentityError) -> Certificate {
    try certificate(
      key: new.publicKey, from: date, until: min(old.certificate.notValidAfter, new.notValidAfter),
      issuer: old.certificate.subject, subject: new.subject,
      extensions: try signing(trustDomain, key: new.publicKey, issuer: old.certificate, pathLength: nil),
      signedBy: old.key)
  }

  /// Makes a leaf, by the library; ``LeafTemplate`` makes the same faster.
  static func leaf(
    names: SubjectAlternativeNames, key: Certificate.PublicKey, profile: LeafProfile, issuer: Issuer,
    from date: Date, until end: Date
  ) throws(IdentityError) -> Certificate {
    let extensions = try make {
      try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        if profile.statesExtendedKeyUsage { try ExtendedKeyUsage([.serverAuth, .clientAuth]) }
        // Critical, since the subject is empty (RFC 5280 §4.2.1.6).
        Critical(names)
        SubjectKeyIdentifier(hash: key)
        AuthorityKeyIdentifier(keyIdentifier: issuer.keyIdentifier)
      }
    }
    return try certificate(
      key: key, from: date, until: end, issuer: issuer.certificate.subject,
      subject: DistinguishedName([RelativeDistinguishedName]()),
      extensions: extensions, signedBy: issuer.key)
  }

  /// Who signs leaves, with what is looked up once for many of them.
  struct Issuer: Sendable {
    let certificate: Certificate
    let key: Certificate.PrivateKey
    let keyIdentifier: ArraySlice<UInt8>

    init(certificate: Certificate, key: Certificate.PrivateKey) {
      self.certificate = certificate
      self.key = key
      keyIdentifier = CertificateProfile.keyIdentifier(of: certificate)
      name = Hexadecimal.text(keyIdentifier)
    }

    /// As the log names it.
    let name: String
  }

  /// The identifier of a certificate's key: the one that it states, else the usual hash.
  static func keyIdentifier(of certificate: Certificate) -> ArraySlice<UInt8> {
    let stated = try? certificate.extensions.subjectKeyIdentifier?.keyIdentifier
    return stated ?? SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
  }

  /// Checks that an intermediate is in force, for a minute at least.
  /// - Throws: ``IdentityError``.
  static func checkMaySign(_ issuer: Certificate, at date: Date) throws(IdentityError) {
    guard date >= issuer.notValidBefore, date.addingTimeInterval(60) <= issuer.notValidAfter else {
      throw IdentityError(
        .badInput,
        "the intermediate is valid from \(issuer.notValidBefore.formatted(.iso8601)) to "
          + "\(issuer.notValidAfter.formatted(.iso8601)): check the clock, or `tacet ca rotate`")
    }
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
    _ trustDomain: TrustDomain, key: Certificate.PublicKey, issuer: Certificate?, pathLength: Int?
  ) throws(IdentityError) -> Certificate.Extensions {
    try make {
      try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: pathLength))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: key)
        SubjectAlternativeNames([.uniformResourceIdentifier("spiffe://\(trustDomain)")])
        if let issuer {
          AuthorityKeyIdentifier(keyIdentifier: keyIdentifier(of: issuer))
          Critical(NameConstraints(permittedSubtrees: [.uniformResourceIdentifier(trustDomain.description)]))
        }
      }
    }
  }

  /// A name of its own for each key: two signers of one name would be hard to tell apart, for people and for programs.
  private static func name(
    _ title: String, _ trustDomain: TrustDomain, key: Certificate.PublicKey
  ) throws(IdentityError) -> DistinguishedName {
    let mark = Hexadecimal.text(SHA256.hash(data: Array(key.subjectPublicKeyInfoBytes)).prefix(4))
    return try make {
      try DistinguishedName {
        OrganizationName("Tacet")
        CommonName("\(title) \(mark) \(trustDomain)".prefix(64).description)
      }
    }
  }

  private static func certificate(
    key: Certificate.PublicKey, from date: Date, until end: Date, issuer: DistinguishedName,
    subject: DistinguishedName, extensions: Certificate.Extensions, signedBy issuerKey: Certificate.PrivateKey
  ) throws(IdentityError) -> Certificate {
    guard let scheme = SignatureScheme(signingBy: issuerKey.publicKey) else {
      throw IdentityError(.badInput, "the authority's key is of a kind that is not accepted")
    }
    return try make {
      try Certificate(
        version: .v3, serialNumber: serialNumber(), publicKey: key, notValidBefore: date.addingTimeInterval(-leeway),
        notValidAfter: end, issuer: issuer, subject: subject, signatureAlgorithm: scheme.algorithm,
        extensions: extensions, issuerPrivateKey: issuerKey)
    }
  }

  private static func serialNumber() -> Certificate.SerialNumber { Certificate.SerialNumber(bytes: serialOctets()) }

  /// 158 random bits: positive and 20 octets (RFC 5280 §4.1.2.2), never the same twice.
  static func serialOctets() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 20)
    guard getentropy(&bytes, bytes.count) == 0 else {
      // It fails for more than 256 bytes only; where the system has no randomness, nothing may go on.
      preconditionFailure("no system randomness")
    }
    // Neither negative nor with a leading zero, whatever the draw.
    bytes[0] = bytes[0] & 0x3F | 0x40
    return bytes
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
