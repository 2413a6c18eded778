import Foundation
import SwiftASN1
import TacetLog
import Testing
import X509

@testable import TacetIdentity

/// A good leaf whose signature is written in other ways, as Project Wycheproof does it: what is no strict DER, or no signature in
/// range, is refused.
///
/// One other way is no forgery, and cannot be told from the original: with (r, s), (r, n − s) is an ECDSA signature of the same
/// bytes, and FIPS 186-5 knows no preference, so that it is **accepted**. Anybody can make the twin of a certificate, and it has
/// another SHA-256. Therefore nothing here denies by fingerprint: revocation is by serial number, which both have. What allows by
/// fingerprint, the log's proof of inclusion, refuses the twin, which is the safe side.
@Suite struct SignatureMalleabilityTests {
  /// The order of P-256 (SEC 2 §2.4.2).
  private static let order: [UInt8] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
    0xAD,
    0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
  ]

  private let folder: TemporaryFolder
  private let state: URL
  private let domain: TrustDomain
  private let issued: IssuedSVID
  private let passphrase: Passphrase

  init() throws {
    folder = try TemporaryFolder()
    state = folder.file("state")
    domain = try TrustDomain("mesh.example")
    passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    issued = try CertificateAuthority.open(state: state, passphrase: passphrase)
      .issue(SPIFFEID(trustDomain: domain, path: "camera/a"))
  }

  // MARK: A certificate, taken apart and put together

  /// The signed part, the algorithm, and the numbers of the signature.
  private struct Parts {
    let signed: [UInt8]
    let algorithm: [UInt8]
    /// Without a zero before them.
    let r: [UInt8]
    let s: [UInt8]

    init(_ der: [UInt8]) throws {
      (signed, algorithm, r, s) = try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
        guard let signed = nodes.next(), let algorithm = nodes.next() else { throw CocoaError(.coderInvalidValue) }
        let bits = try ASN1BitString(derEncoded: &nodes).bytes
        let numbers = try DER.sequence(try DER.parse(bits), identifier: .sequence) { numbers in
          [try ArraySlice<UInt8>(derEncoded: &numbers), try ArraySlice<UInt8>(derEncoded: &numbers)]
        }
        return (
          Array(signed.encodedBytes), Array(algorithm.encodedBytes), Array(numbers[0].drop { $0 == 0 }),
          Array(numbers[1].drop { $0 == 0 })
        )
      }
    }

    /// The certificate with these bytes in the place of the signature.
    func certificate(_ signature: [UInt8]) -> [UInt8] {
      DERNode.sequence([signed, algorithm, DERNode.encoded(0x03, [[0], signature])])
    }
  }

  /// The content of an INTEGER that is not negative.
  private static func content(_ number: [UInt8]) -> [UInt8] { (number.first ?? 0x80) >= 0x80 ? [0] + number : number }

  private static func signature(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
    DERNode.sequence([DERNode.encoded(0x02, [r]), DERNode.encoded(0x02, [s])])
  }

  /// `first` − `second`, of which the first is the larger; of the length of the first.
  private static func difference(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    let padded = [UInt8](repeating: 0, count: first.count - second.count) + second
    var (borrow, result) = (0, [UInt8]())
    for (a, b) in zip(first, padded).reversed() {
      let value = Int(a) - Int(b) - borrow
      borrow = value < 0 ? 1 : 0
      result.append(UInt8(truncatingIfNeeded: value))
    }
    return Array(result.reversed().drop { $0 == 0 })
  }

  /// The sum of two numbers below 2^256.
  private static func sum(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    let padded = [UInt8](repeating: 0, count: first.count - second.count) + second
    var (carry, result) = (0, [UInt8]())
    for (a, b) in zip(first, padded).reversed() {
      let value = Int(a) + Int(b) + carry
      carry = value >> 8
      result.append(UInt8(truncatingIfNeeded: value))
    }
    return (carry > 0 ? [1] : []) + result.reversed()
  }

  private func verdict(_ leaf: [UInt8], revocations: RevocationRegister? = nil) async throws -> ChainVerdict {
    try await ChainVerifier(roots: issued.roots, trustDomain: domain, revocations: revocations)
      .verify(presented: [leaf] + issued.chain.dropFirst(), at: Date())
  }

  // MARK: Other spellings

  @Test func otherSpellingsAreRefused() async throws {
    let parts = try Parts(issued.chain[0])
    let (r, s, n) = (parts.r, parts.s, Self.order)
    let (goodR, goodS) = (Self.content(r), Self.content(s))
    let good = Self.signature(goodR, goodS)
    // What is put together as it was is the original, and holds.
    #expect(parts.certificate(good) == issued.chain[0])
    #expect(try await verdict(parts.certificate(good)).peer != nil)

    let body = Array(good.dropFirst(2))
    let integers = (r: DERNode.encoded(0x02, [goodR]), s: DERNode.encoded(0x02, [goodS]))
    let bad: [(String, [UInt8])] = [
      ("leading zero in r", Self.signature([0] + goodR, goodS)),
      ("leading zero in s", Self.signature(goodR, [0] + goodS)),
      ("long form of the length", [0x30, 0x81, UInt8(body.count)] + body),
      ("longer form of the length", [0x30, 0x82, 0, UInt8(body.count)] + body),
      ("long form of r's length", DERNode.sequence([[0x02, 0x81, UInt8(goodR.count)] + goodR, integers.s])),
      ("indefinite length", [0x30, 0x80] + body + [0, 0]),
      ("negative r", Self.signature([0x80] + r.dropFirst(), goodS)),
      ("negative s", Self.signature(goodR, [0x80] + s.dropFirst())),
      ("two's complement of r", Self.signature(Self.negated(r), goodS)),
      ("trailing byte", good + [0]),
      ("trailing null", good + [0x05, 0x00]),
      ("third integer", DERNode.sequence([integers.r, integers.s, [0x02, 0x01, 0x00]])),
      ("trailing byte within", DERNode.sequence([integers.r, integers.s, [0]])),
      ("r alone", DERNode.sequence([integers.r])), ("nothing", []), ("empty sequence", [0x30, 0x00]),
      ("set for a sequence", [0x31] + good.dropFirst()), ("cut off", Array(good.dropLast())),
      ("octet string for r", DERNode.sequence([DERNode.encoded(0x04, [goodR]), integers.s])),
      ("r without content", DERNode.sequence([[0x02, 0x00], integers.s])),
      ("r and s alone, as IEEE P1363 has them", Self.padded(r) + Self.padded(s)),
      ("r = 0", Self.signature([0], goodS)), ("s = 0", Self.signature(goodR, [0])),
      ("both 0", Self.signature([0], [0])),
      ("r = 1", Self.signature([1], goodS)), ("s = 1", Self.signature(goodR, [1])),
      ("both 1", Self.signature([1], [1])),
      ("r = n", Self.signature(Self.content(n), goodS)), ("s = n", Self.signature(goodR, Self.content(n))),
      ("r + n", Self.signature(Self.content(Self.sum(n, r)), goodS)),
      ("s + n", Self.signature(goodR, Self.content(Self.sum(n, s)))),
      ("n - r", Self.signature(Self.content(Self.difference(n, r)), goodS)),
      ("swapped", Self.signature(goodS, goodR)),
      ("r + 2^256", Self.signature([1] + Self.padded(r), goodS)),
    ]
    for (name, signature) in bad {
      #expect(try await verdict(parts.certificate(signature)).rejection != nil, "\(name)")
    }
  }

  /// A number whose zero before it is left out is negative in DER; whoever ignores the sign reads the number itself.
  @Test func missingSignByteIsRefused() async throws {
    var tried = 0
    for _ in 0..<24 {
      let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
      let other = try authority.issue(SPIFFEID(trustDomain: domain, path: "camera/b"))
      let parts = try Parts(other.chain[0])
      for (r, s) in [(parts.r, Self.content(parts.s)), (Self.content(parts.r), parts.s)] {
        guard r[0] >= 0x80 || s[0] >= 0x80 else { continue }
        tried += 1
        #expect(try await verdict(parts.certificate(Self.signature(r, s))).rejection != nil)
      }
      if tried >= 4 { break }
    }
    #expect(tried > 0)
  }

  private static func padded(_ number: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: 32 - number.count) + number }

  /// −`number` in two's complement.
  private static func negated(_ number: [UInt8]) -> [UInt8] {
    difference([1] + [UInt8](repeating: 0, count: 33), [0] + number).suffix(33).map { $0 }
  }

  // MARK: The twin

  @Test func twinIsTheSameCertificateToAllButTheLog() async throws {
    let parts = try Parts(issued.chain[0])
    let twin = parts.certificate(
      Self.signature(Self.content(parts.r), Self.content(Self.difference(Self.order, parts.s))))
    #expect(twin != issued.chain[0] && Fingerprint.of(twin) != Fingerprint.of(issued.chain[0]))
    #expect(try await verdict(twin).peer?.id == issued.id)

    // By fingerprint it was never issued: whoever demands the proof of inclusion refuses it.
    let serial = try #require(SerialNumber(hexadecimal: issued.serial))
    let key = try NoteVerifier(CertificateAuthority.log(state: state).key)
    let proof = try CertificateAuthority.prove(.serial(serial), state: state)
    #expect(try proof.verify(key: key, certificate: issued.chain[0]).leaf?.serial == issued.serial)
    #expect(throws: IdentityError.self) { try proof.verify(key: key, certificate: twin) }

    // By serial number it is the same: revoked with it.
    _ = try CertificateAuthority.revoke(
      CertificateAuthority.Revoked.serial(serial), state: state, passphrase: passphrase)
    let lists = try CertificateAuthority.signRevocationLists(
      state: state, passphrase: passphrase, nextUpdate: .seconds(3600))
    let register = RevocationRegister(lists: lists.map(\.list), requirement: .leaf)
    for leaf in [issued.chain[0], twin] {
      guard case .revoked? = try await verdict(leaf, revocations: register).rejection else {
        Issue.record("it is not refused as revoked")
        continue
      }
    }
  }

  // MARK: Ed25519

  /// S + L is the same number modulo the order of the group (RFC 8032 §5.1.7 has it refused).
  @Test(.enabled(if: OpenSSL.isInstalled)) func ed25519() async throws {
    let workshop = try CertificateWorkshop(key: .ed25519)
    let leaf = try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate", key: .p256)
    let verifier = try ChainVerifier(roots: [workshop.der("root")], trustDomain: domain)
    let intermediate = try workshop.der("intermediate")
    #expect(await verifier.verify(presented: [leaf, intermediate], at: Date()).peer != nil)
    let order: [UInt8] = [
      0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0, 0,
      0, 0,
      0, 0, 0, 0, 0, 0, 0, 0x10,
    ]
    let sum = Self.sum(Array(leaf.suffix(32).reversed()), Array(order.reversed()))
    try #require(sum.count == 32)
    let twin = Array(leaf.dropLast(32)) + sum.reversed()
    #expect(await verifier.verify(presented: [twin, intermediate], at: Date()).rejection != nil)
  }
}
