import Crypto
import Foundation
import SwiftASN1
import X509
import _CryptoExtras

/// What must be true of every certificate that a peer presents, before any signature is checked.
enum CertificateRules {
  /// Parses a certificate and checks it by itself.
  static func check(_ der: [UInt8], position: Int, at date: Date) throws(ChainRejection) -> Certificate {
    let certificate: Certificate
    do {
      certificate = try Certificate(derEncoded: der)
    } catch is ASN1Error {
      throw .malformed(position: position, reason: "not DER of an X.509 certificate")
    } catch let error as CertificateError where error.code == .duplicateOID {
      throw .malformed(position: position, reason: "an extension is there twice")
    } catch {
      // It reads as a certificate, with a key that the library knows nothing of, or will not touch (RSA under 2048 bits).
      throw .weakAlgorithm(position: position)
    }
    guard certificate.version == .v3 else { throw .malformed(position: position, reason: "not of version 3") }
    try checkFields(certificate, position)
    try checkAlgorithms(certificate, der, position)
    try checkExtensions(certificate, position)
    guard date <= certificate.notValidAfter else {
      throw .expired(position: position, notAfter: certificate.notValidAfter)
    }
    guard date >= certificate.notValidBefore else {
      throw .notYetValid(position: position, notBefore: certificate.notValidBefore)
    }
    return certificate
  }

  /// Serial number and names (RFC 5280 §4.1.2.2, §4.1.2.4, §4.2.1.6).
  private static func checkFields(_ certificate: Certificate, _ position: Int) throws(ChainRejection) {
    let serial = certificate.serialNumber.bytes
    // A number whose top bit is set takes an octet more.
    guard serial.contains(where: { $0 != 0 }), serial.count + (serial.first.map { Int($0 >> 7) } ?? 0) <= 20 else {
      throw .malformed(position: position, reason: "its serial number is zero or longer than 20 octets")
    }
    guard !certificate.issuer.isEmpty else { throw .malformed(position: position, reason: "its issuer has no name") }
    let names = certificate.extensions[oid: .X509ExtensionID.subjectAlternativeName]
    guard !certificate.subject.isEmpty || names?.critical != false else {
      throw .malformed(position: position, reason: "it has no subject, and its alternative names are not critical")
    }
  }

  private static let understood: Set<ASN1ObjectIdentifier> = [
    .X509ExtensionID.basicConstraints, .X509ExtensionID.nameConstraints, .X509ExtensionID.keyUsage,
    .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName,
  ]

  /// Extensions that must be critical, so that they count as such: policyConstraints and inhibitAnyPolicy (§4.2.1.11, §4.2.1.14).
  private static let limitsPolicies: Set<ASN1ObjectIdentifier> = [[2, 5, 29, 36], [2, 5, 29, 54]]

  private static func checkExtensions(_ certificate: Certificate, _ position: Int) throws(ChainRejection) {
    let extensions = certificate.extensions
    for item in extensions where item.critical && !understood.contains(item.oid) || limitsPolicies.contains(item.oid) {
      throw .unknownCriticalExtension(position: position)
    }
    do {
      let names = try extensions.subjectAlternativeNames.map(Array.init) ?? []
      let constraints = try extensions.nameConstraints
      let subtrees = (constraints?.permittedSubtrees.count ?? 0) + (constraints?.excludedSubtrees.count ?? 0)
      guard constraints == nil || subtrees > 0 else {
        throw ChainRejection.malformed(position: position, reason: "its name constraints constrain nothing")
      }
      let count = max(names.count, subtrees)
      guard count <= ChainVerifier.mostNames else {
        throw ChainRejection.tooManyNames(count: count, limit: ChainVerifier.mostNames)
      }
      guard names.allSatisfy(isWellFormed) else {
        throw ChainRejection.malformed(position: position, reason: "a DNS name that is none")
      }
      _ = try (extensions.basicConstraints, extensions.keyUsage, extensions.extendedKeyUsage)
      _ = try (
        extensions.authorityKeyIdentifier, extensions.subjectKeyIdentifier, extensions.authorityInformationAccess
      )
    } catch let rejection as ChainRejection {
      throw rejection
    } catch {
      throw .malformed(position: position, reason: "an extension cannot be read")
    }
  }

  /// Whether a DNS name is a host name (RFC 5280 §4.2.1.6), or all those below one; other kinds are not looked at.
  private static func isWellFormed(_ name: GeneralName) -> Bool {
    guard case .dnsName(let text) = name else { return true }
    return CertificateProfile.isHostName(text.hasPrefix("*.") ? String(text.dropFirst(2)) : text)
  }

  // MARK: Algorithms

  private static let signatures: Set<Certificate.SignatureAlgorithm> = [
    .ecdsaWithSHA256, .ecdsaWithSHA384, .ecdsaWithSHA512, .ed25519,
    .sha256WithRSAEncryption, .sha384WithRSAEncryption, .sha512WithRSAEncryption,
  ]

  private static func checkAlgorithms(_ certificate: Certificate, _ der: [UInt8], _ position: Int)
    throws(ChainRejection)
  {
    guard let outline = try? CertificateOutline(der) else {
      throw .malformed(position: position, reason: "not DER of an X.509 certificate")
    }
    guard outline.namesOneAlgorithm else { throw .signatureAlgorithmMismatch(position: position) }
    guard outline.signatureIsWholeBytes else {
      throw .malformed(position: position, reason: "its signature ends within a byte")
    }
    guard isStrong(certificate.publicKey), signatures.contains(certificate.signatureAlgorithm) else {
      throw .weakAlgorithm(position: position)
    }
  }

  /// Whether a key is of a kind and size that is accepted; the upper bound is on the work of checking a signature.
  static func isStrong(_ key: Certificate.PublicKey) -> Bool {
    if let rsa = _RSA.Signing.PublicKey(key) {
      return (2048...8192).contains(rsa.keySizeInBits) && rsa.keySizeInBits % 8 == 0
    }
    return P256.Signing.PublicKey(key) != nil || P384.Signing.PublicKey(key) != nil
      || Curve25519.Signing.PublicKey(key) != nil
  }
}
