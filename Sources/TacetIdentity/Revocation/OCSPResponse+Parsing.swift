import Foundation
import SwiftASN1
import X509

extension OCSPResponse {
  /// Reads a response (RFC 6960 §4.2.1). One that does not say when the next one will be there is refused: it would count for ever.
  /// - Throws: ``OCSPFlaw``.
  public init(der: [UInt8]) throws(OCSPFlaw) {
    guard der.count <= Self.mostBytes else { throw .tooLarge(bytes: der.count, limit: Self.mostBytes) }
    do {
      self = try Self.parsed(der)
    } catch let flaw as OCSPFlaw {
      throw flaw
    } catch {
      throw .malformed
    }
  }

  private static func parsed(_ der: [UInt8]) throws -> OCSPResponse {
    let basic = try DER.sequence(try DER.parse(der), identifier: .sequence) { fields in
      let status = try Int(derEncoded: next(&fields), withIdentifier: .enumerated)
      guard status == 0 else {
        while fields.next() != nil {}
        throw OCSPFlaw.unsuccessful(status: status)
      }
      return try DER.sequence(inside(next(&fields), tag: 0), identifier: .sequence) { parts in
        guard try ASN1ObjectIdentifier(derEncoded: &parts) == [1, 3, 6, 1, 5, 5, 7, 48, 1, 1] else {
          throw OCSPFlaw.malformed
        }
        return try ASN1OctetString(derEncoded: &parts).bytes
      }
    }
    return try DER.sequence(try DER.parse(basic), identifier: .sequence) { parts in try response(&parts) }
  }

  private static func response(_ parts: inout ASN1NodeCollection.Iterator) throws -> OCSPResponse {
    let signed = try next(&parts)
    guard let scheme = SignatureScheme(identifier: try next(&parts).encodedBytes) else { throw OCSPFlaw.weakAlgorithm }
    let signature = try ASN1BitString(derEncoded: &parts)
    guard signature.paddingBits == 0 else { throw OCSPFlaw.malformed }
    var responders: [Certificate] = []
    if let node = parts.next(), case .constructed(let nodes) = try inside(node, tag: 0).content {
      // One that cannot be read is none.
      for node in nodes.prefix(mostResponders) {
        if let certificate = try? Certificate(derEncoded: node) { responders.append(certificate) }
      }
    }
    return OCSPResponse(
      signed: signed.encodedBytes, scheme: scheme, signature: signature.bytes, responders: responders,
      answers: try answers(signed))
  }

  /// ResponseData: version, responder, time of production, answers, extensions.
  private static func answers(_ node: ASN1Node) throws -> [Answer] {
    try DER.sequence(node, identifier: .sequence) { fields in
      // The version is left out: it is 1. Whose key signed it says the responder's identifier, or just the signature.
      let responder = try next(&fields).identifier
      guard responder == context(1) || responder == context(2) else { throw OCSPFlaw.malformed }
      _ = try DERTime(generalized: next(&fields))
      let list = try next(&fields)
      guard list.identifier == .sequence, case .constructed(let nodes) = list.content else { throw OCSPFlaw.malformed }
      let answers = try nodes.map(answer)
      try refuseCritical(fields.next(), tag: 1)
      return answers
    }
  }

  private static func answer(_ node: ASN1Node) throws -> Answer {
    try DER.sequence(node, identifier: .sequence) { fields in
      let (hash, nameHash, keyHash, serial) = try name(next(&fields))
      let status = try status(next(&fields))
      let thisUpdate = try DERTime(generalized: next(&fields)).date
      let nextUpdate = try DERTime(generalized: inside(next(&fields), tag: 0)).date
      try refuseCritical(fields.next(), tag: 1)
      return Answer(
        hash: hash, nameHash: nameHash, keyHash: keyHash, serial: serial, status: status, thisUpdate: thisUpdate,
        nextUpdate: nextUpdate)
    }
  }

  /// CertID.
  static func name(
    _ node: ASN1Node
  ) throws -> (ASN1ObjectIdentifier, ArraySlice<UInt8>, ArraySlice<UInt8>, SerialNumber) {
    try DER.sequence(node, identifier: .sequence) { fields in
      let hash = try DER.sequence(next(&fields), identifier: .sequence) { parts in
        let identifier = try ASN1ObjectIdentifier(derEncoded: &parts)
        _ = parts.next()
        return identifier
      }
      let (nameHash, keyHash) = (
        try ASN1OctetString(derEncoded: &fields).bytes, try ASN1OctetString(derEncoded: &fields).bytes
      )
      guard let serial = SerialNumber(octets: try ArraySlice<UInt8>(derEncoded: &fields)) else {
        throw OCSPFlaw.malformed
      }
      return (hash, nameHash, keyHash, serial)
    }
  }

  /// CertStatus: good [0], revoked [1], unknown [2].
  private static func status(_ node: ASN1Node) throws -> Status {
    if node.identifier == context(0) { return .good }
    if node.identifier == context(2) { return .unknown }
    return try DER.sequence(node, identifier: context(1)) { fields in
      let since = try DERTime(generalized: next(&fields)).date
      guard let reason = fields.next() else { return .revoked(since: since, reason: .unspecified) }
      let code = try Int(derEncoded: inside(reason, tag: 0), withIdentifier: .enumerated)
      // A reason that is none is no reason to take it for good.
      let known = UInt8(exactly: code).flatMap(RevocationReason.init(rawValue:))
      return .revoked(since: since, reason: known ?? .unspecified)
    }
  }

  // MARK: DER

  static func refuseCritical(_ node: ASN1Node?, tag: UInt) throws {
    guard let node else { return }
    let items = try DER.sequence(
      of: Certificate.Extension.self, identifier: .sequence, rootNode: try inside(node, tag: tag))
    guard !items.contains(where: \.critical) else { throw OCSPFlaw.unknownCriticalExtension }
  }

  static func context(_ tag: UInt) -> ASN1Identifier {
    ASN1Identifier(tagWithNumber: tag, tagClass: .contextSpecific)
  }

  static func next(_ fields: inout ASN1NodeCollection.Iterator) throws -> ASN1Node {
    guard let node = fields.next() else { throw OCSPFlaw.malformed }
    return node
  }

  /// What an explicit tag is around.
  static func inside(_ node: ASN1Node, tag: UInt) throws -> ASN1Node {
    guard node.identifier == context(tag), case .constructed(let nodes) = node.content else { throw OCSPFlaw.malformed }
    var inner = nodes.makeIterator()
    guard let first = inner.next(), inner.next() == nil else { throw OCSPFlaw.malformed }
    return first
  }
}
