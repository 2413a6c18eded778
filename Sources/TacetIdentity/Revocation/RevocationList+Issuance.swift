import Foundation
import SwiftASN1
import X509

extension RevocationList {
  /// Makes and signs a list (RFC 5280 §5.1, §5.2.1, §5.2.3).
  ///
  /// - Parameters:
  ///   - entries: what is revoked, in any order.
  ///   - number: higher than that of every list before.
  ///   - issuer: the authority's certificate, whose key usage has cRLSign.
  ///   - key: the authority's key.
  ///   - thisUpdate: now.
  ///   - nextUpdate: when the next one will be there at the latest.
  /// - Throws: ``IdentityError`` when the key is not the issuer's, or may not sign lists.
  static func issue(
    _ entries: [Entry], number: SerialNumber, by issuer: Certificate, key: Certificate.PrivateKey, thisUpdate: Date,
    nextUpdate: Date
  ) throws(IdentityError) -> RevocationList {
    guard key.publicKey == issuer.publicKey, let scheme = SignatureScheme(signingBy: key.publicKey) else {
      throw IdentityError(.badInput, "the key is not that of the authority's certificate")
    }
    guard let usage = try? issuer.extensions.keyUsage, usage.cRLSign else {
      throw IdentityError(
        .badInput, "the authority's certificate may not sign revocation lists: its key usage lacks cRLSign")
    }
    let (from, until) = (DERTime(thisUpdate), DERTime(nextUpdate))
    guard from.seconds < until.seconds else {
      throw IdentityError(.badInput, "a revocation list must be in force for a second at least")
    }
    let draft = Draft(
      entries: entries.sorted { $0.serial < $1.serial }, number: number, issuer: issuer.subject,
      keyIdentifier: try? issuer.extensions.subjectKeyIdentifier.map { Array($0.keyIdentifier) } ?? nil,
      thisUpdate: from, nextUpdate: until, scheme: scheme)
    do {
      return try draft.signed(by: key)
    } catch let error as IdentityError {
      // Of a key in a token.
      throw error
    } catch {
      throw IdentityError(.internalFault, "a revocation list could not be made")
    }
  }
}

/// A list to be signed.
private struct Draft {
  let entries: [RevocationList.Entry]
  let number: SerialNumber
  let issuer: DistinguishedName
  let keyIdentifier: [UInt8]?
  let thisUpdate: DERTime
  let nextUpdate: DERTime
  let scheme: SignatureScheme

  func signed(by key: Certificate.PrivateKey) throws -> RevocationList {
    var content = DER.Serializer()
    try serialize(into: &content)
    let signed = content.serializedBytes
    let signature = try key.sign(bytes: signed, signatureAlgorithm: scheme.algorithm).rawRepresentation
    var whole = DER.Serializer()
    try whole.appendConstructedNode(identifier: .sequence) { coder in
      coder.serializeRawBytes(signed)
      coder.serializeRawBytes(scheme.identifier)
      try coder.serialize(ASN1BitString(bytes: signature[...]))
    }
    return RevocationList(
      der: whole.serializedBytes, number: number, thisUpdate: thisUpdate.date, nextUpdate: nextUpdate.date,
      entries: entries.map { .init(serial: $0.serial, revokedAt: DERTime($0.revokedAt).date, reason: $0.reason) },
      issuer: issuer, keyIdentifier: keyIdentifier, signed: signed[...], scheme: scheme, signature: signature[...])
  }

  private func serialize(into coder: inout DER.Serializer) throws {
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      try coder.serialize(1)
      coder.serializeRawBytes(scheme.identifier)
      try coder.serialize(issuer)
      try thisUpdate.serialize(into: &coder)
      try nextUpdate.serialize(into: &coder)
      // An empty list of entries is left out (§5.1.2.6).
      if !entries.isEmpty {
        try coder.appendConstructedNode(identifier: .sequence) { coder in
          for entry in entries { try Self.serialize(entry, into: &coder) }
        }
      }
      try coder.serialize(extensions(), explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific)
    }
  }

  private static func serialize(_ entry: RevocationList.Entry, into coder: inout DER.Serializer) throws {
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      try coder.serialize(entry.serial.octets[...])
      try DERTime(entry.revokedAt).serialize(into: &coder)
      // Without a reason there is no extension (§5.3.1).
      guard entry.reason != .unspecified else { return }
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        try coder.serialize(
          Certificate.Extension(oid: .reasonCode, critical: false, value: [0x0A, 0x01, entry.reason.rawValue]))
      }
    }
  }

  private func extensions() throws -> ListExtensions {
    var numberValue = DER.Serializer()
    try numberValue.serialize(number.octets[...])
    var all = [Certificate.Extension(oid: .listNumber, critical: false, value: numberValue.serializedBytes[...])]
    if let keyIdentifier {
      all.append(try Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: keyIdentifier[...]), critical: false))
    }
    return ListExtensions(all: all)
  }
}

/// A sequence of extensions.
private struct ListExtensions: DERSerializable {
  let all: [Certificate.Extension]

  func serialize(into coder: inout DER.Serializer) throws {
    try coder.serializeSequenceOf(all)
  }
}
