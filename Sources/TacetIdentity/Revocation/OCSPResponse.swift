import Crypto
public import Foundation
import SwiftASN1
import X509

/// What a responder says of certificates (RFC 6960 §4.2.1), read and verified.
///
/// A nonce is not asked for: a response counts by its times, as a stapled one must.
public struct OCSPResponse: Sendable {
  /// What is said of one certificate.
  public enum Status: Hashable, Sendable {
    /// Not revoked.
    case good
    /// Revoked.
    case revoked(since: Date, reason: RevocationReason)
    /// The responder does not know it: not good.
    case unknown
  }

  /// The most bytes that are read.
  public static let mostBytes = 64 << 10

  struct Answer: Sendable {
    /// The hash algorithm, and what is hashed by it: the issuer's name and key.
    let hash: ASN1ObjectIdentifier
    let nameHash: ArraySlice<UInt8>
    let keyHash: ArraySlice<UInt8>
    let serial: SerialNumber
    let status: Status
    let thisUpdate: Date
    let nextUpdate: Date
  }

  let signed: ArraySlice<UInt8>
  let scheme: SignatureScheme
  let signature: ArraySlice<UInt8>
  /// Certificates of the responder, as it sent them: at most ``mostResponders`` are looked at.
  let responders: [Certificate]
  let answers: [Answer]

  static let mostResponders = 4

  /// What it says of a certificate.
  ///
  /// - Parameters:
  ///   - certificate: DER.
  ///   - issuer: the authority that signed it, DER.
  ///   - date: the time to judge by.
  ///   - grace: how long after its time a response still counts.
  /// - Throws: ``OCSPFlaw``.
  public func status(
    of certificate: [UInt8], issuedBy issuer: [UInt8], at date: Date, grace: Duration = .zero
  ) throws(OCSPFlaw) -> Status {
    guard let certificate = try? Certificate(derEncoded: certificate),
      let issuer = try? Certificate(derEncoded: issuer), certificate.issuer == issuer.subject
    else { throw .otherCertificate }
    try checkSignature(by: issuer, at: date)
    guard let answer = answer(about: certificate, by: issuer) else { throw .otherCertificate }
    guard date >= answer.thisUpdate else { throw .notYetIssued(thisUpdate: answer.thisUpdate) }
    guard date <= answer.nextUpdate.addingTimeInterval(TimeInterval(max(grace, .zero).components.seconds)) else {
      throw .stale(nextUpdate: answer.nextUpdate)
    }
    return answer.status
  }

  /// What it says of a certificate; nothing about the signature is looked at.
  func answer(about certificate: Certificate, by issuer: Certificate) -> Answer? {
    guard let serial = SerialNumber(octets: certificate.serialNumber.bytes) else { return nil }
    return answers.first { $0.serial == serial && $0.isOf(issuer) }
  }

  /// The authority itself, or a responder whose certificate the authority signed for just that (§4.2.2.2).
  func checkSignature(by issuer: Certificate, at date: Date) throws(OCSPFlaw) {
    guard CertificateRules.isStrong(issuer.publicKey) else { throw .weakAlgorithm }
    let delegates = responders.filter { Self.isResponder($0, of: issuer, at: date) }
    for signer in [issuer] + delegates
    where signer.publicKey.isValidSignature(signature, for: signed, signatureAlgorithm: scheme.algorithm) { return }
    throw .forged
  }

  private static func isResponder(_ certificate: Certificate, of issuer: Certificate, at date: Date) -> Bool {
    guard certificate.issuer == issuer.subject, CertificateRules.isStrong(certificate.publicKey),
      (certificate.notValidBefore...max(certificate.notValidBefore, certificate.notValidAfter)).contains(date),
      let usages = try? certificate.extensions.extendedKeyUsage, usages.contains(.ocspSigning)
    else { return false }
    if let usage = try? certificate.extensions.keyUsage, !usage.digitalSignature { return false }
    return issuer.publicKey.isValidSignature(certificate.signature, for: certificate)
  }
}

extension OCSPResponse.Answer {
  /// Whether the issuer is meant: its name and its key, hashed by SHA-1 or SHA-256 (§4.1.1). It is a look-up, not a proof: that is
  /// the signature.
  func isOf(_ issuer: Certificate) -> Bool {
    Self.isOf(issuer, hash: hash, nameHash: nameHash, keyHash: keyHash)
  }

  /// The same for a question.
  static func isOf(
    _ issuer: Certificate, hash: ASN1ObjectIdentifier, nameHash: ArraySlice<UInt8>, keyHash: ArraySlice<UInt8>
  ) -> Bool {
    var coder = DER.Serializer()
    guard (try? coder.serialize(issuer.subject)) != nil else { return false }
    let key = issuer.publicKey.subjectPublicKeyInfoBytes
    switch hash {
    case [1, 3, 14, 3, 2, 26]:
      return nameHash.elementsEqual(Insecure.SHA1.hash(data: coder.serializedBytes))
        && keyHash.elementsEqual(Insecure.SHA1.hash(data: key))
    case [2, 16, 840, 1, 101, 3, 4, 2, 1]:
      return nameHash.elementsEqual(SHA256.hash(data: coder.serializedBytes))
        && keyHash.elementsEqual(SHA256.hash(data: key))
    default: return false
    }
  }
}
