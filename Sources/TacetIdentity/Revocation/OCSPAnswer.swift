import Crypto
import Foundation
import SwiftASN1
import X509

/// Responses of an authority (RFC 6960 §4.2.1), signed by the issuer's own key.
enum OCSPAnswer {
  /// The question cannot be read.
  static let malformedRequest = error(1)
  /// The authority cannot say it now.
  static let tryLater = error(3)
  /// The authority is not the one to ask.
  static let unauthorized = error(6)

  private static func error(_ status: UInt8) -> [UInt8] { [0x30, 0x03, 0x0A, 0x01, status] }

  private static let basic: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1, 1]

  /// Signs what is known of certificates.
  /// - Parameter nonce: the value of the extension, to be repeated.
  /// - Throws: ``IdentityError``.
  static func signed(
    _ answers: [(OCSPRequest.Target, OCSPResponse.Status)], nonce: ArraySlice<UInt8>?,
    by issuer: CertificateProfile.Issuer, at date: Date, until end: Date
  ) throws(IdentityError) -> [UInt8] {
    guard let scheme = SignatureScheme(signingBy: issuer.key.publicKey) else {
      throw IdentityError(.badInput, "the authority's key is of a kind that is not accepted")
    }
    do {
      let content = try content(answers, nonce: nonce, by: issuer, from: DERTime(date), until: DERTime(end))
      let signature = try issuer.key.sign(bytes: content, signatureAlgorithm: scheme.algorithm).rawRepresentation
      var response = DER.Serializer()
      try response.appendConstructedNode(identifier: .sequence) { coder in
        coder.serializeRawBytes(content)
        coder.serializeRawBytes(scheme.identifier)
        try coder.serialize(ASN1BitString(bytes: signature[...]))
      }
      var whole = DER.Serializer()
      try whole.appendConstructedNode(identifier: .sequence) { coder in
        coder.serializeRawBytes([0x0A, 0x01, 0x00])
        try coder.appendConstructedNode(identifier: OCSPResponse.context(0)) { coder in
          try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(basic)
            try coder.serialize(ASN1OctetString(contentBytes: response.serializedBytes[...]))
          }
        }
      }
      return whole.serializedBytes
    } catch {
      throw IdentityError(.internalFault, "an OCSP response could not be made")
    }
  }

  /// ResponseData: the responder by its key, when, what of each, extensions.
  private static func content(
    _ answers: [(OCSPRequest.Target, OCSPResponse.Status)], nonce: ArraySlice<UInt8>?,
    by issuer: CertificateProfile.Issuer, from: DERTime, until: DERTime
  ) throws -> [UInt8] {
    let key = Array(Insecure.SHA1.hash(data: issuer.certificate.publicKey.subjectPublicKeyInfoBytes))
    var content = DER.Serializer()
    try content.appendConstructedNode(identifier: .sequence) { coder in
      try coder.appendConstructedNode(identifier: OCSPResponse.context(2)) { coder in
        try coder.serialize(ASN1OctetString(contentBytes: key[...]))
      }
      try from.serializeGeneralized(into: &coder)
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        for (target, status) in answers {
          try coder.appendConstructedNode(identifier: .sequence) { coder in
            coder.serializeRawBytes(target.der)
            try serialize(status, into: &coder)
            try from.serializeGeneralized(into: &coder)
            try coder.appendConstructedNode(identifier: OCSPResponse.context(0)) { coder in
              try until.serializeGeneralized(into: &coder)
            }
          }
        }
      }
      guard let nonce else { return }
      try coder.appendConstructedNode(identifier: OCSPResponse.context(1)) { coder in
        try coder.appendConstructedNode(identifier: .sequence) { coder in
          try coder.serialize(Certificate.Extension(oid: OCSPRequest.nonceExtension, critical: false, value: nonce))
        }
      }
    }
    return content.serializedBytes
  }

  /// CertStatus: good [0], revoked [1], unknown [2].
  private static func serialize(_ status: OCSPResponse.Status, into coder: inout DER.Serializer) throws {
    switch status {
    case .good: coder.serializeRawBytes([0x80, 0x00])
    case .unknown: coder.serializeRawBytes([0x82, 0x00])
    case .revoked(let date, let reason):
      try coder.appendConstructedNode(identifier: OCSPResponse.context(1)) { coder in
        try DERTime(date).serializeGeneralized(into: &coder)
        guard reason != .unspecified else { return }
        coder.appendConstructedNode(identifier: OCSPResponse.context(0)) { coder in
          coder.serializeRawBytes([0x0A, 0x01, reason.rawValue])
        }
      }
    }
  }
}
