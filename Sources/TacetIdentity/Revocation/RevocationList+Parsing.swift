public import Foundation
import SwiftASN1
import X509

extension RevocationList {
  /// Reads a list (RFC 5280 §5.1). What it cannot judge it refuses: unknown critical extensions, deltas, indirect lists, lists of a
  /// distribution point.
  /// - Parameter der: the list.
  /// - Throws: ``RevocationListFlaw``.
  public init(der: [UInt8]) throws(RevocationListFlaw) {
    guard der.count <= Self.mostBytes else { throw .tooLarge(bytes: der.count, limit: Self.mostBytes) }
    do {
      self = try Self.parsed(der)
    } catch let flaw as RevocationListFlaw {
      throw flaw
    } catch {
      throw .malformed(reason: "not DER of a revocation list")
    }
  }

  private static func parsed(_ der: [UInt8]) throws -> RevocationList {
    try DER.sequence(try DER.parse(der), identifier: .sequence) { parts in
      guard let signed = parts.next(), let algorithm = parts.next() else { throw Self.tooFewParts }
      let signature = try ASN1BitString(derEncoded: &parts)
      guard signature.paddingBits == 0 else {
        throw RevocationListFlaw.malformed(reason: "its signature ends within a byte")
      }
      guard let scheme = SignatureScheme(identifier: algorithm.encodedBytes) else {
        throw RevocationListFlaw.weakAlgorithm
      }
      let content = try RevocationListContent(signed)
      guard content.algorithm == algorithm.encodedBytes else {
        throw RevocationListFlaw.malformed(reason: "it names two signature algorithms")
      }
      return RevocationList(
        der: der, number: content.number, thisUpdate: content.thisUpdate.date, nextUpdate: content.nextUpdate.date,
        entries: content.entries, issuer: content.issuer, keyIdentifier: content.keyIdentifier,
        signed: signed.encodedBytes, scheme: scheme, signature: signature.bytes)
    }
  }

  /// Reads the lists of a file: PEM, of one or several, or DER.
  /// - Throws: ``RevocationListFlaw``.
  public static func lists(in data: Data) throws(RevocationListFlaw) -> [RevocationList] {
    // PEM is a third longer, and has its line breaks.
    guard data.count <= mostBytes * 3 / 2 else { throw .tooLarge(bytes: data.count, limit: mostBytes) }
    guard data.starts(with: Data("-----BEGIN".utf8)) else { return [try RevocationList(der: Array(data))] }
    guard let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: data, as: UTF8.self)),
      !documents.isEmpty, documents.allSatisfy({ $0.discriminator == discriminator })
    else { throw .malformed(reason: "not a PEM file of revocation lists") }
    var lists: [RevocationList] = []
    for document in documents { lists.append(try RevocationList(der: document.derBytes)) }
    return lists
  }

  /// Reads the lists of a file.
  /// - Throws: ``IdentityError`` naming the file.
  public static func lists(contentsOf file: URL) throws(IdentityError) -> [RevocationList] {
    let data = try CertificateFile.read(file, limit: mostBytes * 3 / 2)
    do {
      return try lists(in: data)
    } catch {
      throw IdentityError(.badInput, "\(file.path) is no revocation list that can be used: \(error)")
    }
  }

  private static var tooFewParts: ASN1Error { ASN1Error.invalidASN1Object(reason: "too few parts") }
}

/// The signed part of a revocation list.
private struct RevocationListContent {
  let algorithm: ArraySlice<UInt8>
  let issuer: DistinguishedName
  let thisUpdate: DERTime
  let nextUpdate: DERTime
  let entries: [RevocationList.Entry]
  let number: SerialNumber
  let keyIdentifier: [UInt8]?

  init(_ node: ASN1Node) throws {
    self = try DER.sequence(node, identifier: .sequence) { fields in try RevocationListContent(&fields) }
  }

  private init(_ fields: inout ASN1NodeCollection.Iterator) throws {
    guard try Int(derEncoded: &fields) == 1 else { throw RevocationListFlaw.malformed(reason: "not of version 2") }
    algorithm = try Self.next(&fields).encodedBytes
    issuer = try DistinguishedName(derEncoded: Self.next(&fields))
    thisUpdate = try DERTime(Self.next(&fields))
    var field = try Self.next(&fields)
    guard field.identifier == .utcTime || field.identifier == .generalizedTime else {
      throw RevocationListFlaw.malformed(reason: "it does not say when the next one will be there")
    }
    nextUpdate = try DERTime(field)
    guard nextUpdate.seconds >= thisUpdate.seconds else {
      throw RevocationListFlaw.malformed(reason: "the next one was due before it was issued")
    }
    field = try Self.next(&fields)
    if field.identifier == .sequence {
      entries = try Self.entries(field)
      field = try Self.next(&fields)
    } else {
      entries = []
    }
    let extensions = try Self.extensions(field)
    number = try Self.number(extensions)
    keyIdentifier = try extensions.first { $0.oid == .X509ExtensionID.authorityKeyIdentifier }
      .flatMap { try AuthorityKeyIdentifier($0).keyIdentifier.map(Array.init) }
  }

  private static func next(_ fields: inout ASN1NodeCollection.Iterator) throws -> ASN1Node {
    guard let node = fields.next() else {
      throw RevocationListFlaw.malformed(reason: "it lacks a field, or its number")
    }
    return node
  }

  // MARK: Entries

  private static func entries(_ node: ASN1Node) throws -> [RevocationList.Entry] {
    guard case .constructed(let nodes) = node.content else { return [] }
    var entries: [RevocationList.Entry] = []
    for node in nodes { entries.append(try entry(node)) }
    return entries.sorted { $0.serial < $1.serial }
  }

  private static func entry(_ node: ASN1Node) throws -> RevocationList.Entry {
    try DER.sequence(node, identifier: .sequence) { fields in
      let octets = try ArraySlice<UInt8>(derEncoded: &fields)
      guard let serial = SerialNumber(octets: octets) else {
        throw RevocationListFlaw.malformed(reason: "a serial number of more than 20 octets")
      }
      let date = try DERTime(next(&fields))
      var reason = RevocationReason.unspecified
      if let extensions = fields.next() {
        for item in try DER.sequence(of: Certificate.Extension.self, identifier: .sequence, rootNode: extensions) {
          if item.oid == .reasonCode {
            reason = try self.reason(item)
          } else if item.oid == .certificateIssuer {
            throw RevocationListFlaw.partial
          } else if item.critical {
            throw RevocationListFlaw.unknownCriticalExtension
          }
        }
      }
      return RevocationList.Entry(serial: serial, revokedAt: date.date, reason: reason)
    }
  }

  /// The reason code (§5.3.1); removeFromCRL is for deltas only.
  private static func reason(_ item: Certificate.Extension) throws -> RevocationReason {
    // ENUMERATED has the bytes of INTEGER.
    let code = try Int(derEncoded: try DER.parse(item.value), withIdentifier: .enumerated)
    guard let reason = UInt8(exactly: code).flatMap(RevocationReason.init(rawValue:)) else {
      throw RevocationListFlaw.malformed(reason: "a reason that is none")
    }
    return reason
  }

  // MARK: Extensions

  private static func extensions(_ node: ASN1Node) throws -> [Certificate.Extension] {
    let zero = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
    guard node.identifier == zero, case .constructed(let nodes) = node.content, let inner = nodes.only else {
      throw RevocationListFlaw.malformed(reason: "it has no extensions")
    }
    let extensions = try DER.sequence(of: Certificate.Extension.self, identifier: .sequence, rootNode: inner)
    guard extensions.count <= 32, Set(extensions.map(\.oid)).count == extensions.count else {
      throw RevocationListFlaw.malformed(reason: "an extension is there twice, or there are more than 32")
    }
    for item in extensions {
      if item.oid == .deltaIndicator || item.oid == .issuingDistributionPoint { throw RevocationListFlaw.partial }
      if item.critical, item.oid != .X509ExtensionID.authorityKeyIdentifier, item.oid != .listNumber {
        throw RevocationListFlaw.unknownCriticalExtension
      }
    }
    return extensions
  }

  /// The number (§5.2.3): required, and not critical.
  private static func number(_ extensions: [Certificate.Extension]) throws -> SerialNumber {
    guard let item = extensions.first(where: { $0.oid == .listNumber }) else {
      throw RevocationListFlaw.malformed(reason: "it has no number")
    }
    guard !item.critical else { throw RevocationListFlaw.malformed(reason: "its number is critical") }
    guard let number = SerialNumber(octets: try ArraySlice<UInt8>(derEncoded: item.value)) else {
      throw RevocationListFlaw.malformed(reason: "a number of more than 20 octets")
    }
    return number
  }
}

extension ASN1NodeCollection {
  /// The node, where there is just one.
  fileprivate var only: ASN1Node? {
    var nodes = makeIterator()
    guard let first = nodes.next(), nodes.next() == nil else { return nil }
    return first
  }
}

extension ASN1ObjectIdentifier {
  /// CRLNumber (RFC 5280 §5.2.3).
  static let listNumber: ASN1ObjectIdentifier = [2, 5, 29, 20]
  /// ReasonCode (§5.3.1).
  static let reasonCode: ASN1ObjectIdentifier = [2, 5, 29, 21]
  /// DeltaCRLIndicator (§5.2.4).
  static let deltaIndicator: ASN1ObjectIdentifier = [2, 5, 29, 27]
  /// IssuingDistributionPoint (§5.2.5).
  static let issuingDistributionPoint: ASN1ObjectIdentifier = [2, 5, 29, 28]
  /// CertificateIssuer (§5.3.3), in indirect lists.
  static let certificateIssuer: ASN1ObjectIdentifier = [2, 5, 29, 29]
}
