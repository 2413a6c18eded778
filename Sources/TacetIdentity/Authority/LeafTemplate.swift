import Crypto
import Foundation
import SwiftASN1
import X509

/// The parts that all leaves of an issuer and a profile share, encoded once: what is left for each is its serial number, times, key
/// and names. Signing is then most of the work of a certificate.
///
/// A test compares, extension by extension, with what the library makes of ``CertificateProfile/leaf(names:key:profile:issuer:from:until:)``.
struct LeafTemplate: Sendable {
  private let issuer: CertificateProfile.Issuer
  private let scheme: SignatureScheme
  /// Version and signature algorithm stand before and behind the serial number.
  private let version: [UInt8] = [0xA0, 0x03, 0x02, 0x01, 0x02]
  private let issuerName: [UInt8]
  private let emptySubject: [UInt8] = [0x30, 0x00]
  /// The extensions that are the same for all.
  private let extensions: [UInt8]

  /// A certificate as it was signed.
  struct Made: Sendable {
    let der: [UInt8]
    let serial: String
    let notBefore: DERTime
    let notAfter: DERTime
  }

  /// - Throws: ``IdentityError`` when the issuer's key is of a kind that is not accepted.
  init(profile: LeafProfile, issuer: CertificateProfile.Issuer) throws(IdentityError) {
    guard let scheme = SignatureScheme(signingBy: issuer.key.publicKey) else {
      throw IdentityError(.badInput, "the authority's key is of a kind that is not accepted")
    }
    self.issuer = issuer
    self.scheme = scheme
    do {
      var name = DER.Serializer()
      try name.serialize(issuer.certificate.subject)
      issuerName = name.serializedBytes
      extensions = try Self.shared(profile, issuer)
    } catch {
      throw IdentityError(.internalFault, "a certificate could not be made")
    }
  }

  private static func shared(_ profile: LeafProfile, _ issuer: CertificateProfile.Issuer) throws -> [UInt8] {
    let all = try Certificate.Extensions {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true))
      if profile.statesExtendedKeyUsage { try ExtendedKeyUsage([.serverAuth, .clientAuth]) }
      AuthorityKeyIdentifier(keyIdentifier: issuer.keyIdentifier)
    }
    var coder = DER.Serializer()
    for item in all { try coder.serialize(item) }
    return coder.serializedBytes
  }

  /// Makes a certificate.
  /// - Throws: ``IdentityError``.
  func certificate(
    names: SubjectAlternativeNames, key: Certificate.PublicKey, from start: Date, until end: Date
  ) throws(IdentityError) -> Made {
    let serial = CertificateProfile.serialOctets()
    let (notBefore, notAfter) = (DERTime(start.addingTimeInterval(-CertificateProfile.leeway)), DERTime(end))
    do {
      var content = DER.Serializer()
      try content.appendConstructedNode(identifier: .sequence) { coder in
        coder.serializeRawBytes(version)
        // Positive, and without a zero before it: its octets are its encoding.
        coder.serializeRawBytes([0x02, UInt8(serial.count)] + serial)
        coder.serializeRawBytes(scheme.identifier)
        coder.serializeRawBytes(issuerName)
        try coder.appendConstructedNode(identifier: .sequence) { coder in
          try notBefore.serialize(into: &coder)
          try notAfter.serialize(into: &coder)
        }
        coder.serializeRawBytes(emptySubject)
        try coder.serialize(key)
        try serializeExtensions(names, key, into: &coder)
      }
      let signed = content.serializedBytes
      let signature = try issuer.key.sign(bytes: signed, signatureAlgorithm: scheme.algorithm).rawRepresentation
      var whole = DER.Serializer()
      try whole.appendConstructedNode(identifier: .sequence) { coder in
        coder.serializeRawBytes(signed)
        coder.serializeRawBytes(scheme.identifier)
        try coder.serialize(ASN1BitString(bytes: signature[...]))
      }
      return Made(
        der: whole.serializedBytes, serial: Hexadecimal.text(serial), notBefore: notBefore, notAfter: notAfter)
    } catch {
      throw IdentityError(.internalFault, "a certificate could not be made")
    }
  }

  private func serializeExtensions(
    _ names: SubjectAlternativeNames, _ key: Certificate.PublicKey, into coder: inout DER.Serializer
  ) throws {
    // Critical, since the subject is empty (RFC 5280 §4.2.1.6).
    let own = [
      try Certificate.Extension(names, critical: true),
      try Certificate.Extension(SubjectKeyIdentifier(hash: key), critical: false),
    ]
    try coder.appendConstructedNode(identifier: ASN1Identifier(tagWithNumber: 3, tagClass: .contextSpecific)) { coder in
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        coder.serializeRawBytes(extensions)
        for item in own { try coder.serialize(item) }
      }
    }
  }
}
