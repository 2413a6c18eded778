import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import TacetIdentity

/// Revocation lists as we make and read them, by ourselves and by `openssl`.
@Suite(.serialized) struct RevocationListTests {
  private let key = P256.Signing.PrivateKey()
  private let now = Date(timeIntervalSince1970: 1_800_000_000)
  private let issuer: Certificate

  init() throws { issuer = try Self.authority("authority", key: key) }

  static func authority(
    _ name: String, key: P256.Signing.PrivateKey, usage: KeyUsage = KeyUsage(keyCertSign: true, cRLSign: true)
  ) throws -> Certificate {
    let subject = try DistinguishedName { CommonName(name) }
    return try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(bytes: [1]), publicKey: Certificate.PublicKey(key.publicKey),
      notValidBefore: Date(timeIntervalSince1970: 1_700_000_000),
      notValidAfter: Date(timeIntervalSince1970: 2_000_000_000),
      issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(usage)
        SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
      }, issuerPrivateKey: Certificate.PrivateKey(key))
  }

  private func issue(_ entries: [RevocationList.Entry], number: UInt64 = 7) throws -> RevocationList {
    try .issue(
      entries, number: SerialNumber(number), by: issuer, key: Certificate.PrivateKey(key), thisUpdate: now,
      nextUpdate: now.addingTimeInterval(3600))
  }

  private func entries(_ count: Int) throws -> [RevocationList.Entry] {
    try (0..<count).map { index in
      let octets = [0x40] + (0..<15).map { UInt8(truncatingIfNeeded: index * 31 + $0 * 7) }
      let tail = (0..<4).map { UInt8(truncatingIfNeeded: index >> ($0 * 8)) }
      return .init(
        serial: try #require(SerialNumber(octets: octets + tail)), revokedAt: now.addingTimeInterval(-Double(index)),
        reason: index % 3 == 0 ? .keyCompromise : .unspecified)
    }
  }

  /// Runs long work on a thread of its own, so that tests that wait for a clock are not held up by it.
  private static func apart(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
  }

  // MARK: Made and read

  @Test func whatIsMadeIsRead() throws {
    let entries = try entries(100)
    let list = try RevocationList(der: issue(entries.shuffled()).der)
    #expect(list.number == SerialNumber(7))
    #expect(list.thisUpdate == now)
    #expect(list.nextUpdate == now.addingTimeInterval(3600))
    #expect(Set(list.entries) == Set(entries))
    for entry in entries { #expect(list.entry(entry.serial) == entry) }
    #expect(list.entry(SerialNumber(1)) == nil)
    #expect(list.entry(try #require(SerialNumber(octets: [UInt8](repeating: 0xFF, count: 20)))) == nil)
    try list.check(issuedBy: issuer)
    #expect(try RevocationList.lists(in: Data(list.pem.utf8)).map(\.der) == [list.der])
    #expect(try RevocationList.lists(in: Data((list.pem + list.pem).utf8)).count == 2)
  }

  @Test func emptyList() throws {
    let list = try RevocationList(der: issue([]).der)
    #expect(list.entries.isEmpty)
    #expect(list.entry(SerialNumber(0)) == nil)
  }

  @Test func timesOfAllYears() async throws {
    try await Self.apart {
      for seconds in stride(from: -631_152_000.0, through: 253_402_300_799, by: 86400 * 97.3) {
        let date = Date(timeIntervalSince1970: seconds.rounded(.down))
        var coder = DER.Serializer()
        try DERTime(date).serialize(into: &coder)
        #expect(try DERTime(DER.parse(coder.serializedBytes)).date == date)
        // Foundation knows the calendar too.
        let text = String(decoding: coder.serializedBytes.dropFirst(2), as: UTF8.self)
        let digits = date.formatted(.iso8601).filter { !"-:T".contains($0) }
        #expect(text == (digits >= "2050" ? digits : String(digits.dropFirst(2))))
      }
    }
  }

  @Test func onlyTheAuthorityMayIssue() throws {
    let stranger = Certificate.PrivateKey(P256.Signing.PrivateKey())
    #expect(throws: IdentityError.self) {
      try RevocationList.issue(
        [], number: SerialNumber(1), by: issuer, key: stranger, thisUpdate: now, nextUpdate: now + 1)
    }
    let mute = try Self.authority("mute", key: key, usage: KeyUsage(keyCertSign: true))
    #expect(throws: IdentityError.self) {
      try RevocationList.issue(
        [], number: SerialNumber(1), by: mute, key: Certificate.PrivateKey(key), thisUpdate: now, nextUpdate: now + 1)
    }
    #expect(throws: IdentityError.self) {
      try RevocationList.issue(
        [], number: SerialNumber(1), by: issuer, key: Certificate.PrivateKey(key), thisUpdate: now, nextUpdate: now)
    }
  }

  // MARK: Whose it is, and whether it is in force

  @Test func whose() throws {
    let list = try issue([])
    let otherKey = P256.Signing.PrivateKey()
    #expect(throws: RevocationListFlaw.otherIssuer) {
      try list.check(issuedBy: Self.authority("another", key: key))
    }
    // The same name, another key, as after a rotation.
    #expect(throws: RevocationListFlaw.otherIssuer) {
      try list.check(issuedBy: Self.authority("authority", key: otherKey))
    }
    #expect(throws: RevocationListFlaw.mayNotSign) {
      try list.check(issuedBy: Self.authority("authority", key: key, usage: KeyUsage(keyCertSign: true)))
    }
  }

  @Test func inForce() throws {
    let list = try issue([])
    let next = now.addingTimeInterval(3600)
    #expect(throws: RevocationListFlaw.notYetIssued(thisUpdate: now)) { try list.check(at: now - 1, grace: .zero) }
    try list.check(at: now, grace: .zero)
    try list.check(at: next, grace: .zero)
    #expect(throws: RevocationListFlaw.stale(nextUpdate: next)) { try list.check(at: next + 1, grace: .zero) }
    try list.check(at: next + 60, grace: .seconds(60))
    #expect(throws: RevocationListFlaw.stale(nextUpdate: next)) { try list.check(at: next + 61, grace: .seconds(60)) }
  }

  /// No changed bit is accepted, none crashes.
  @Test func everyBitCounts() async throws {
    try await Self.apart {
      let list = try issue(entries(3))
      for index in list.der.indices {
        for bit in 0..<8 {
          var changed = list.der
          changed[index] ^= 1 << UInt8(bit)
          #expect(throws: RevocationListFlaw.self, "byte \(index), bit \(bit)") {
            try RevocationList(der: changed).check(issuedBy: issuer)
          }
        }
        #expect(throws: RevocationListFlaw.self) { try RevocationList(der: Array(list.der.prefix(index))) }
      }
    }
  }

  @Test func tooLarge() {
    let bytes = RevocationList.mostBytes + 1
    let start = ContinuousClock.now
    #expect(throws: RevocationListFlaw.tooLarge(bytes: bytes, limit: RevocationList.mostBytes)) {
      try RevocationList(der: [UInt8](repeating: 0x30, count: bytes))
    }
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  /// What RFC 5280 §5 says a list is not, each with a signature that holds.
  @Test(arguments: ListForgery.all) func refused(_ forgery: ListForgery) throws {
    let der = try forgery.signed(by: key, issuer: issuer)
    guard let flaw = forgery.flaw else {
      try RevocationList(der: der).check(issuedBy: issuer)
      return
    }
    #expect(throws: flaw) { try RevocationList(der: der).check(issuedBy: issuer) }
  }

  // MARK: Scale

  /// In a debug build, on a machine under load; `bench issue` has the figures.
  @Test func aHundredThousandEntries() async throws {
    try await Self.apart {
      let entries = try entries(100_000)
      let start = ContinuousClock.now
      let list = try issue(entries)
      let issued = ContinuousClock.now
      let read = try RevocationList(der: list.der)
      let parsed = ContinuousClock.now
      for entry in entries { #expect(read.entry(entry.serial) != nil) }
      let searched = ContinuousClock.now
      print("100,000 entries: issued \(issued - start), read \(parsed - issued), searched \(searched - parsed)")
      #expect(searched - start < .seconds(120))
      #expect(read.entries.count == 100_000)
    }
  }

  // MARK: openssl

  @Test(.enabled(if: OpenSSL.isInstalled)) func opensslAccepts() throws {
    let folder = try TemporaryFolder()
    let authority = try CertificateWorkshop()
    let root = try Certificate(derEncoded: authority.der("root"))
    let rootKey = try Certificate.PrivateKey(
      pemEncoded: String(contentsOf: authority.file("root.key"), encoding: .utf8))
    try authority.make("revoked", CertificateWorkshop.leaf(), by: "root")
    try authority.make("good", CertificateWorkshop.leaf(), by: "root")
    let revoked = try Certificate(derEncoded: authority.der("revoked"))
    let serial = try #require(SerialNumber(octets: revoked.serialNumber.bytes))
    let list = try RevocationList.issue(
      try entries(1000) + [.init(serial: serial, revokedAt: Date(), reason: .superseded)], number: SerialNumber(258),
      by: root, key: rootKey, thisUpdate: Date(timeIntervalSinceNow: -1), nextUpdate: Date(timeIntervalSinceNow: 3600))
    let file = try folder.write(list.pem, to: "list.pem").path
    let rootFile = authority.file("root.crt").path
    #expect(try OpenSSL.run(["crl", "-in", file, "-CAfile", rootFile, "-noout", "-verify"]).contains("verify OK"))
    let text = try OpenSSL.run(["crl", "-in", file, "-noout", "-text", "-crlnumber"])
    #expect(text.contains("Superseded") && text.contains("Key Compromise") && text.contains("0x0102"))
    let check = ["verify", "-crl_check", "-CRLfile", file, "-CAfile", rootFile]
    #expect(try OpenSSL.run(check + [authority.file("good.crt").path]).contains("OK"))
    #expect(throws: OpenSSL.Failure.self) { try OpenSSL.run(check + [authority.file("revoked.crt").path]) }
  }

  /// A list made by `openssl ca`.
  @Test(.enabled(if: OpenSSL.isInstalled)) func opensslMade() throws {
    let folder = try TemporaryFolder()
    let workshop = try CertificateWorkshop()
    try folder.write("1001\n", to: "number")
    try folder.write("R\t351231235959Z\t260101000000Z,keyCompromise\t1234567890ABCDEF\tunknown\t/CN=x\n", to: "index")
    try folder.write(
      "[ca]\ndefault_ca=d\n[d]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\ncrl_extensions=e\n"
        + "[e]\nauthorityKeyIdentifier=keyid\n", to: "ca.cnf")
    try OpenSSL.run(
      [
        "ca", "-gencrl", "-config", "ca.cnf", "-keyfile", workshop.file("root.key").path, "-cert",
        workshop.file("root.crt").path, "-crldays", "2", "-out", "list.pem",
      ], in: folder.url)
    let list = try #require(RevocationList.lists(contentsOf: folder.file("list.pem")).first)
    try list.check(issuedBy: workshop.der("root"), at: Date(timeIntervalSinceNow: 1))
    #expect(list.number == SerialNumber(0x1001))
    #expect(list.entry(SerialNumber(0x1234_5678_90AB_CDEF))?.reason == .keyCompromise)
    #expect(list.entries.first?.revokedAt == Date(timeIntervalSince1970: 1_767_225_600))
  }
}

/// Serial numbers of up to 20 octets.
@Suite struct SerialNumberTests {
  @Test func octets() throws {
    #expect(SerialNumber(0).octets == [0])
    #expect(SerialNumber(octets: [])?.octets == [0])
    #expect(SerialNumber(octets: [0, 0, 1, 2])?.octets == [1, 2])
    let longest = [UInt8](1...20)
    #expect(SerialNumber(octets: longest)?.octets == longest)
    #expect(SerialNumber(octets: [0] + longest)?.octets == longest)
    #expect(SerialNumber(octets: [1] + longest) == nil)
    for count in 1...20 {
      let octets = [UInt8](repeating: 0xA5, count: count)
      #expect(SerialNumber(octets: octets)?.octets == octets)
      #expect(SerialNumber(octets: octets)?.description == String(repeating: "a5", count: count))
    }
  }

  @Test func order() throws {
    let ordered = try [
      [0], [1], [255], [1, 0], [UInt8](repeating: 255, count: 8), [1] + [UInt8](repeating: 0, count: 16),
    ]
    .map { try #require(SerialNumber(octets: $0)) }
    #expect(ordered.shuffled().sorted() == ordered)
  }

  @Test func hexadecimal() {
    #expect(SerialNumber(hexadecimal: "0aFF")?.octets == [0x0A, 0xFF])
    #expect(SerialNumber(hexadecimal: "fff")?.octets == [0x0F, 0xFF])
    for text in ["", "g", "-1", "0x1", "é", String(repeating: "0", count: 41)] {
      #expect(SerialNumber(hexadecimal: text) == nil, "\(text)")
    }
  }
}
