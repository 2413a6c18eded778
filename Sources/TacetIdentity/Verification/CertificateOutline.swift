import SwiftASN1

/// What the outermost layer of a certificate says, before anything in it is interpreted (RFC 5280 §4.1).
struct CertificateOutline {
  /// Whether the algorithm in the signed part is that of the signature, byte by byte (RFC 5280 §4.1.1.2).
  let namesOneAlgorithm: Bool
  /// Whether the signature's bit string has no bits to spare. All accepted algorithms sign whole bytes; a certificate that says
  /// otherwise would be the same one in other bytes, with another fingerprint.
  let signatureIsWholeBytes: Bool

  /// - Throws: `ASN1Error` for anything but a sequence of a signed part, an algorithm and a bit string.
  init(_ der: [UInt8]) throws {
    let parts = try DER.sequence(try DER.parse(der), identifier: .sequence) { parts in
      guard let signed = parts.next(), let algorithm = parts.next() else { throw Self.tooFewParts }
      return (signed: signed, algorithm: algorithm, signature: try ASN1BitString(derEncoded: &parts))
    }
    let inner = try DER.sequence(parts.signed, identifier: .sequence) { fields -> ASN1Node in
      // version, serialNumber, signature; the rest is read by who parses the certificate.
      guard fields.next() != nil, fields.next() != nil, let algorithm = fields.next() else { throw Self.tooFewParts }
      while fields.next() != nil {}
      return algorithm
    }
    namesOneAlgorithm = inner.encodedBytes == parts.algorithm.encodedBytes
    signatureIsWholeBytes = parts.signature.paddingBits == 0
  }

  private static var tooFewParts: ASN1Error { ASN1Error.invalidASN1Object(reason: "too few parts") }
}
