import Crypto
import Foundation
import SwiftASN1
import TacetLog
import X509

/// The parts that all leaves of an issuer and a profile share, encoded once: what is left for each is its serial number, times, key
/// and names. Signing is then most of the work of a certificate. An object, since all threads that sign go by the same.
///
/// A test compares, extension by extension, with what the library makes of ``CertificateProfile/leaf(names:key:profile:issuer:from:until:)``.
final class LeafTemplate: Sendable {
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
  /// - Parameter keyInfo: the key in DER.
  /// - Throws: ``IdentityError``.
  func certificate(
    names: SubjectAlternativeNames, keyInfo: [UInt8], from start: Date, until end: Date
  ) throws(IdentityError) -> Made {
    let serial = CertificateProfile.serialOctets()
    let (notBefore, notAfter) = (DERTime(start.addingTimeInterval(-CertificateProfile.leeway)), DERTime(end))
    do {
      let times = try Self.encoded { coder in
        try notBefore.serialize(into: &coder)
        try notAfter.serialize(into: &coder)
      }
      let own = try Self.extensions(names: names, keyInfo: keyInfo)
      let signed = DERNode.sequence([
        // The serial number is positive, and has no zero before it: its octets are its encoding.
        version, DERNode.encoded(0x02, [serial]), scheme.identifier, issuerName, DERNode.sequence([times]),
        emptySubject,
        keyInfo, DERNode.encoded(0xA3, [DERNode.sequence([extensions, own])]),
      ])
      let signature = try issuer.key.sign(bytes: signed, signatureAlgorithm: scheme.algorithm).rawRepresentation
      let der = DERNode.sequence([signed, scheme.identifier, DERNode.encoded(0x03, [[0], signature])])
      return Made(der: der, serial: Hexadecimal.text(serial), notBefore: notBefore, notAfter: notAfter)
    } catch let error as IdentityError {
      // Of a key in a token.
      throw error
    } catch {
      throw IdentityError(.internalFault, "a certificate could not be made")
    }
  }

  /// The names, critical since the subject is empty (RFC 5280 §4.2.1.6), and the identifier of the key, SHA-1 of its bits
  /// (§4.2.1.2).
  private static func extensions(names: SubjectAlternativeNames, keyInfo: [UInt8]) throws -> [UInt8] {
    let bits = try DER.sequence(try DER.parse(keyInfo), identifier: .sequence) { nodes in
      _ = nodes.next()
      return try ASN1BitString(derEncoded: &nodes).bytes
    }
    let identifier = Array(Insecure.SHA1.hash(data: bits))
    let value = Array(try Certificate.Extension(names, critical: true).value)
    return DERNode.sequence([[0x06, 0x03, 0x55, 0x1D, 0x11, 0x01, 0x01, 0xFF], DERNode.encoded(0x04, [value])])
      + DERNode.sequence([[0x06, 0x03, 0x55, 0x1D, 0x0E, 0x04, 0x16, 0x04, 0x14], identifier])
  }

  private static func encoded(_ body: (inout DER.Serializer) throws -> Void) rethrows -> [UInt8] {
    var coder = DER.Serializer()
    try body(&coder)
    return coder.serializedBytes
  }
}
