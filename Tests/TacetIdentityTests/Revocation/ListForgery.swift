import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import TacetIdentity

/// A revocation list put together by hand, to be well signed and yet not good.
struct ListForgery: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var flaw: RevocationListFlaw?
  var version: Int? = 1
  var algorithm = SignatureScheme.ecdsaWithSHA256.identifier
  var innerAlgorithm = SignatureScheme.ecdsaWithSHA256.identifier
  var thisUpdate: Date = Date(timeIntervalSince1970: 1_800_000_000)
  var nextUpdate: Date? = Date(timeIntervalSince1970: 1_800_003_600)
  var extensions: [Certificate.Extension]? = [Self.number]
  var entryExtensions: [Certificate.Extension] = []
  var serial: [UInt8] = [5]
  var spareBits = 0

  static let number = Certificate.Extension(oid: .listNumber, critical: false, value: [0x02, 0x01, 0x09])

  init(_ title: String, _ flaw: RevocationListFlaw?, _ change: (inout ListForgery) -> Void = { _ in }) {
    testDescription = title
    self.flaw = flaw
    change(&self)
  }

  static let all: [ListForgery] = [
    ListForgery("a good one", nil),
    ListForgery("version 1", .malformed(reason: "not of version 2")) { $0.version = 0 },
    ListForgery("no version", .malformed(reason: "not DER of a revocation list")) { $0.version = nil },
    ListForgery("no next update", .malformed(reason: "it does not say when the next one will be there")) {
      $0.nextUpdate = nil
    },
    ListForgery("next before this", .malformed(reason: "the next one was due before it was issued")) {
      $0.nextUpdate = $0.thisUpdate - 1
    },
    ListForgery("no extensions", .malformed(reason: "it lacks a field, or its number")) { $0.extensions = nil },
    ListForgery("no number", .malformed(reason: "it has no number")) {
      $0.extensions = [.init(oid: [1, 2, 3], critical: false, value: [5, 0])]
    },
    ListForgery("number critical", .malformed(reason: "its number is critical")) { $0.extensions?[0].critical = true },
    ListForgery("number of 21 octets", .malformed(reason: "a number of more than 20 octets")) {
      $0.extensions?[0].value = ([0x02, 21] + [UInt8](repeating: 1, count: 21))[...]
    },
    ListForgery("negative number", .malformed(reason: "not DER of a revocation list")) {
      $0.extensions?[0].value = [0x02, 0x01, 0xFF]
    },
    ListForgery("number twice", .malformed(reason: "an extension is there twice, or there are more than 32")) {
      $0.extensions = [Self.number, Self.number]
    },
    ListForgery("unknown critical", .unknownCriticalExtension) {
      $0.extensions?.append(.init(oid: [1, 2, 3], critical: true, value: [5, 0]))
    },
    ListForgery("unknown, not critical", nil) {
      $0.extensions?.append(.init(oid: [1, 2, 3], critical: false, value: [5, 0]))
    },
    ListForgery("delta", .partial) {
      $0.extensions?.append(.init(oid: .deltaIndicator, critical: true, value: [2, 1, 1]))
    },
    ListForgery("delta, not critical", .partial) {
      $0.extensions?.append(.init(oid: .deltaIndicator, critical: false, value: [2, 1, 1]))
    },
    ListForgery("indirect", .partial) {
      $0.extensions?.append(.init(oid: .issuingDistributionPoint, critical: true, value: [0x30, 3, 0x84, 1, 0xFF]))
    },
    ListForgery("entry of another issuer", .partial) {
      $0.entryExtensions = [.init(oid: .certificateIssuer, critical: true, value: [0x30, 0])]
    },
    ListForgery("unknown critical in an entry", .unknownCriticalExtension) {
      $0.entryExtensions = [.init(oid: [1, 2, 3], critical: true, value: [5, 0])]
    },
    ListForgery("unknown in an entry", nil) {
      $0.entryExtensions = [.init(oid: [1, 2, 3], critical: false, value: [5, 0])]
    },
    ListForgery("removeFromCRL", .malformed(reason: "a reason that is none")) {
      $0.entryExtensions = [.init(oid: .reasonCode, critical: false, value: [0x0A, 1, 8])]
    },
    ListForgery("serial of 21 octets", .malformed(reason: "a serial number of more than 20 octets")) {
      $0.serial = [UInt8](repeating: 1, count: 21)
    },
    ListForgery("SHA-1", .weakAlgorithm) {
      $0.algorithm = [0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01]
    },
    ListForgery("two algorithms", .malformed(reason: "it names two signature algorithms")) {
      $0.innerAlgorithm = SignatureScheme.ecdsaWithSHA384.identifier
    },
    ListForgery("spare bits", .malformed(reason: "its signature ends within a byte")) { $0.spareBits = 1 },
    ListForgery("another algorithm than it was signed by", .forged) {
      $0.algorithm = SignatureScheme.ed25519.identifier
      $0.innerAlgorithm = $0.algorithm
    },
    ListForgery("GeneralizedTime before 2050 is refused", .malformed(reason: "not DER of a revocation list")) {
      $0.isGeneralized = true
    },
  ]

  var isGeneralized = false

  func signed(by key: P256.Signing.PrivateKey, issuer: Certificate) throws -> [UInt8] {
    var content = DER.Serializer()
    try content.appendConstructedNode(identifier: .sequence) { try serialize(into: &$0, issuer: issuer.subject) }
    var signature: [UInt8]
    // A bit that is claimed to be unused must be zero.
    repeat {
      signature = Array(try key.signature(for: content.serializedBytes).derRepresentation)
    } while spareBits > 0 && signature.last.map { $0 & 1 } != 0
    var whole = DER.Serializer()
    try whole.appendConstructedNode(identifier: .sequence) { coder in
      coder.serializeRawBytes(content.serializedBytes)
      coder.serializeRawBytes(algorithm)
      try coder.serialize(ASN1BitString(bytes: signature[...], paddingBits: spareBits))
    }
    return whole.serializedBytes
  }

  private func serialize(into coder: inout DER.Serializer, issuer: DistinguishedName) throws {
    if let version { try coder.serialize(version) }
    coder.serializeRawBytes(innerAlgorithm)
    try coder.serialize(issuer)
    if isGeneralized {
      try coder.serialize(
        GeneralizedTime(year: 2027, month: 1, day: 15, hours: 8, minutes: 0, seconds: 0, fractionalSeconds: 0))
    } else {
      try DERTime(thisUpdate).serialize(into: &coder)
    }
    if let nextUpdate { try DERTime(nextUpdate).serialize(into: &coder) }
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        try coder.serialize(serial[...])
        try DERTime(thisUpdate).serialize(into: &coder)
        if !entryExtensions.isEmpty { try coder.serializeSequenceOf(entryExtensions) }
      }
    }
    guard let extensions else { return }
    try coder.appendConstructedNode(identifier: ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)) { coder in
      try coder.serializeSequenceOf(extensions)
    }
  }
}
