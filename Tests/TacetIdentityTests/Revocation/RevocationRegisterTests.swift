import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import TacetIdentity

/// Which list counts, for whom there must be one, and what a list that is replaced changes.
@Suite struct RevocationRegisterTests {
  private let domain: TrustDomain
  private let site: SPIFFEID
  private let now = Date()
  private let root: Certificate
  private let rootKey: Certificate.PrivateKey
  private let issuer: Certificate
  private let issuerKey: Certificate.PrivateKey
  private let chain: [[UInt8]]
  private let serial: SerialNumber

  init() throws {
    domain = try TrustDomain("mesh.example")
    site = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-1")
    let top = try CertificateProfile.makeRoot(trustDomain: domain, at: now)
    let below = try CertificateProfile.makeIntermediate(trustDomain: domain, root: top, at: now)
    (root, rootKey, issuer, issuerKey) = (top.certificate, top.key, below.certificate, below.key)
    let authority = try CertificateAuthority(
      trustDomain: domain, roots: [try CertificateProfile.der(root)], signers: [try CertificateProfile.der(issuer)],
      key: issuerKey, record: nil)
    let issued = try authority.issue(site)
    chain = issued.chain
    serial = try #require(SerialNumber(hexadecimal: issued.serial))
  }

  private func list(_ serials: [SerialNumber] = [], number: UInt64 = 1, lives: TimeInterval = 3600) throws
    -> RevocationList
  {
    try .issue(
      serials.map { .init(serial: $0, revokedAt: now, reason: .keyCompromise) }, number: SerialNumber(number),
      by: issuer,
      key: issuerKey, thisUpdate: now - 60, nextUpdate: now + lives)
  }

  private func rootList(_ serials: [SerialNumber] = []) throws -> RevocationList {
    try .issue(
      serials.map { .init(serial: $0, revokedAt: now) }, number: SerialNumber(1), by: root, key: rootKey,
      thisUpdate: now - 60, nextUpdate: now + 3600)
  }

  private func verdict(_ register: RevocationRegister, at date: Date? = nil) async throws -> ChainVerdict {
    let verifier = try ChainVerifier(
      roots: [CertificateProfile.der(root)], trustDomain: domain, revocations: register)
    return await verifier.verify(presented: chain, at: date ?? now)
  }

  @Test func requirement() async throws {
    #expect(try await verdict(RevocationRegister()).rejection == nil)
    #expect(try await verdict(RevocationRegister(requirement: .leaf)).rejection == .revocationListMissing)
    let leafList = try list()
    #expect(try await verdict(RevocationRegister(lists: [leafList], requirement: .leaf)).rejection == nil)
    #expect(
      try await verdict(RevocationRegister(lists: [leafList], requirement: .path)).rejection == .revocationListMissing)
    let both = RevocationRegister(lists: [leafList, try rootList()], requirement: .path)
    #expect(try await verdict(both).rejection == nil)
  }

  @Test func revoked() async throws {
    let register = RevocationRegister(lists: [try list([serial])])
    guard case .revoked(serial, _, .keyCompromise) = try await verdict(register).rejection else {
      Issue.record("not refused as revoked")
      return
    }
    let above = try #require(SerialNumber(octets: issuer.serialNumber.bytes))
    guard case .revoked(above, _, _) = try await verdict(RevocationRegister(lists: [rootList([above])])).rejection
    else {
      Issue.record("the intermediate is not refused as revoked")
      return
    }
  }

  /// What is handed on was found to be an authority's, and is the newest of it.
  @Test func listsToBeHandedOn() async throws {
    let other = try CertificateProfile.makeRoot(trustDomain: domain, at: now)
    let foreign = try RevocationList.issue(
      [], number: SerialNumber(9), by: other.certificate, key: other.key, thisUpdate: now - 60, nextUpdate: now + 3600)
    let newest = try list(number: 2)
    let register = RevocationRegister(lists: [try list(number: 1), newest, foreign])
    #expect(register.lists.isEmpty)
    #expect(try await verdict(register).rejection == nil)
    #expect(register.lists.map(\.der) == [newest.der])
  }

  /// The serial number of another authority's certificate.
  @Test func anotherAuthoritysList() async throws {
    #expect(try await verdict(RevocationRegister(lists: [rootList([serial])])).rejection == nil)
  }

  @Test func staleFailsClosedAfterTheGrace() async throws {
    let old = try list(lives: 1)
    let next = Date(timeIntervalSince1970: (now + 1).timeIntervalSince1970.rounded(.down))
    let strict = RevocationRegister(lists: [old])
    #expect(try await verdict(strict, at: now + 120).rejection == .revocationList(.stale(nextUpdate: next)))
    let lenient = RevocationRegister(lists: [old], grace: .seconds(300))
    #expect(try await verdict(lenient, at: now + 120).rejection == nil)
    #expect(try await verdict(lenient, at: now + 302).rejection == .revocationList(.stale(nextUpdate: next)))
  }

  /// A peer that is connected is judged by lists that came later.
  @Test func review() async throws {
    let register = RevocationRegister(lists: [try list()])
    let verifier = try ChainVerifier(
      roots: [CertificateProfile.der(root)], trustDomain: domain, revocations: register)
    let peer = try #require(await verifier.verify(presented: chain, at: now).peer)
    #expect(verifier.review(peer, at: now) == nil)
    register.replace(with: [try list([serial], number: 2)])
    guard case .revoked = verifier.review(peer, at: now) else {
      Issue.record("a revoked peer goes on")
      return
    }
    #expect(verifier.review(peer, at: peer.notAfter) == .expired(position: 0, notAfter: peer.notAfter))
  }

  /// Who can write the file of lists, and has no key, cannot undo a revocation.
  @Test func anOldListPutBack() async throws {
    let (first, second) = (try list(number: 1), try list([serial], number: 2))
    let register = RevocationRegister(lists: [second])
    #expect(try await verdict(register).rejection != nil)
    register.replace(with: [first])
    #expect(try await verdict(register).rejection?.rule == "revoked")
    register.replace(with: [])
    #expect(try await verdict(register).rejection?.rule == "revoked")
    // A newer list may take it back: the certificate was on hold.
    register.replace(with: [try list(number: 3)])
    #expect(try await verdict(register).rejection == nil)
    register.replace(with: [first])
    #expect(try await verdict(register).rejection == nil)
  }

  // MARK: OCSP

  /// What the authority says of the leaf, from so many seconds from now on, for a minute.
  private func answer(_ status: OCSPResponse.Status, from start: TimeInterval) throws -> OCSPResponse {
    var name = DER.Serializer()
    try name.serialize(issuer.subject)
    let key = Array(SHA256.hash(data: Array(issuer.publicKey.subjectPublicKeyInfoBytes)))
    let target = DERNode.sequence([
      DERNode.sequence([[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00]]),
      DERNode.encoded(0x04, [Array(SHA256.hash(data: name.serializedBytes))]), DERNode.encoded(0x04, [key]),
      DERNode.encoded(0x02, [serial.octets]),
    ])
    let list = DERNode.sequence([DERNode.sequence([target])])
    let request = try OCSPRequest(der: DERNode.sequence([DERNode.sequence([list])]))
    return try OCSPResponse(
      der: OCSPAnswer.signed(
        request.targets.map { ($0, status) }, nonce: nil, by: .init(certificate: issuer, key: issuerKey),
        at: now + start, until: now + start + 60))
  }

  private func verdict(_ answers: [OCSPResponse], grace: Duration = .zero) async throws -> String? {
    let register = RevocationRegister(requirement: .leaf, grace: grace)
    for answer in answers { register.add(ocsp: answer) }
    return try await verdict(register).rejection?.rule
  }

  /// An answer takes the place of a list while it is in force, and no longer than the grace.
  @Test func anOldAnswerIsNone() async throws {
    #expect(try await verdict([answer(.good, from: -10)]) == nil)
    let old = try answer(.good, from: -120)
    #expect(try await verdict([old]) == "revocation_list_missing")
    #expect(try await verdict([old], grace: .seconds(300)) == nil)
    #expect(try await verdict([answer(.revoked(since: now, reason: .unspecified), from: -120)]) == "revoked")
  }

  @Test func anAnswerOfTheFutureIsNone() async throws {
    #expect(try await verdict([answer(.good, from: 30)]) == "revocation_list_missing")
    let bad = try answer(.revoked(since: now, reason: .unspecified), from: 30)
    #expect(try await verdict([answer(.good, from: -10), bad]) == nil)
  }

  /// In whatever order they came.
  @Test func theNewestAnswerCounts() async throws {
    let bad = try answer(.revoked(since: now, reason: .unspecified), from: -10)
    let good = try answer(.good, from: -30)
    #expect(try await verdict([good, bad]) == "revoked")
    #expect(try await verdict([bad, good]) == "revoked")
    let better = try answer(.good, from: -5)
    #expect(try await verdict([bad, better]) == nil)
    #expect(try await verdict([better, bad]) == nil)
  }

  /// A forged list is not kept, nor said to be the newer one, when the real one comes.
  @Test func aForgedListIsReplaced() async throws {
    var der = try list(number: 9).der
    der[der.count - 1] ^= 1
    let register = RevocationRegister(lists: [try RevocationList(der: der)])
    #expect(try await verdict(register).rejection == .revocationList(.forged))
    #expect(register.replace(with: [try list(number: 2)]) == 0)
    #expect(try await verdict(register).rejection == nil)
    #expect(register.lists.count == 1)
  }

  /// A forged list with a higher number neither counts nor hides the real one.
  @Test func aForgedListBesideARealOne() async throws {
    let real = try list([serial], number: 2)
    var der = try list(number: 9).der
    der[der.count - 1] ^= 1
    let forged = try RevocationList(der: der)
    #expect(try await verdict(RevocationRegister(lists: [forged, real])).rejection?.rule == "revoked")
    #expect(try await verdict(RevocationRegister(lists: [forged])).rejection == .revocationList(.forged))
  }

  /// What a certificate of the same key may not do is not held against the one that may.
  @Test func twoCertificatesOfOneKey() throws {
    let mute = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(bytes: [9]), publicKey: issuer.publicKey,
      notValidBefore: now - 60, notValidAfter: now + 60, issuer: root.subject, subject: issuer.subject,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions { Critical(KeyUsage(keyCertSign: true)) },
      issuerPrivateKey: rootKey)
    let leaf = try Certificate(derEncoded: chain[0])
    let register = RevocationRegister(lists: [try list([serial])])
    #expect(throws: ChainRejection.revocationList(.mayNotSign)) { try register.check([leaf, mute], at: now) }
    #expect { try register.check([leaf, issuer], at: now) } throws: { ($0 as? ChainRejection)?.rule == "revoked" }
    #expect(throws: ChainRejection.revocationList(.mayNotSign)) { try register.check([leaf, mute], at: now) }
  }
}
