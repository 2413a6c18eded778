import Foundation
import Testing

@testable import TacetIdentity

/// Chains made by another implementation: the good ones are accepted, each bad one is refused for its own reason.
@Suite(.enabled(if: OpenSSL.isInstalled)) struct ForeignChainTests {
  private static let site = "spiffe://mesh.example/camera/site-1"
  private static let day: TimeInterval = 86400
  private let domain: TrustDomain

  init() throws { domain = try TrustDomain("mesh.example") }

  /// One leaf, signed by the workshop's intermediate, and what must be said of it; nil: accepted.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let extensions: String?
    var key = CertificateWorkshop.Key.p256
    var digest = "-sha256"
    let rejection: ChainRejection?

    init(
      _ title: String, _ extensions: String?, key: CertificateWorkshop.Key = .p256, digest: String = "-sha256",
      _ rejection: ChainRejection?
    ) {
      testDescription = title
      self.extensions = extensions
      self.key = key
      self.digest = digest
      self.rejection = rejection
    }
  }

  private static func named(_ name: String) -> String { CertificateWorkshop.leaf(names: "critical,\(name)") }

  static let accepted: [Case] = [
    Case("as the built-in authority makes it", CertificateWorkshop.leaf(), nil),
    Case("without extended key usage", CertificateWorkshop.leaf(extended: nil), nil),
    Case("without basic constraints", CertificateWorkshop.leaf(constraints: nil), nil),
    Case("name not critical", CertificateWorkshop.leaf(names: "URI:\(site)"), nil),
    Case("with host name and address", named("URI:\(site),DNS:localhost,IP:127.0.0.1"), nil),
    Case("P-384", CertificateWorkshop.leaf(), key: .p384, digest: "-sha384", nil),
    Case("Ed25519", CertificateWorkshop.leaf(), key: .ed25519, nil),
    Case("RSA 2048", CertificateWorkshop.leaf(), key: .rsa2048, nil),
    Case("an extension that need not be understood", CertificateWorkshop.leaf(further: "1.2.3.4=ASN1:NULL"), nil),
  ]

  static let usages: [Case] = [
    Case("a CA", CertificateWorkshop.leaf(constraints: "critical,CA:TRUE"), .leafIsAuthority),
    Case("may sign", CertificateWorkshop.leaf(usage: "critical,digitalSignature,keyCertSign"), .leafIsAuthority),
    Case("may sign CRLs", CertificateWorkshop.leaf(usage: "critical,digitalSignature,cRLSign"), .leafIsAuthority),
    Case("no key usage", CertificateWorkshop.leaf(usage: nil), .keyUsage),
    Case("no digitalSignature", CertificateWorkshop.leaf(usage: "critical,keyAgreement"), .keyUsage),
    Case("key usage not critical", CertificateWorkshop.leaf(usage: "digitalSignature"), .keyUsage),
    Case("serverAuth only", CertificateWorkshop.leaf(extended: "serverAuth"), .extendedKeyUsage),
    Case("clientAuth only", CertificateWorkshop.leaf(extended: "clientAuth"), .extendedKeyUsage),
    Case("any usage", CertificateWorkshop.leaf(extended: "anyExtendedKeyUsage"), .extendedKeyUsage),
    Case(
      "critical unknown extension", CertificateWorkshop.leaf(further: "1.2.3.4=critical,ASN1:NULL"),
      .unknownCriticalExtension(position: 0)),
    Case("no extensions at all", nil, .malformed(position: 0, reason: "not of version 3")),
  ]

  static let names: [Case] = [
    Case("two URI names", named("URI:\(site),URI:spiffe://mesh.example/camera/site-2"), .uriNames(count: 2)),
    Case("host name only", named("DNS:mesh.example"), .uriNames(count: 0)),
    Case("no names", CertificateWorkshop.leaf(names: nil), .uriNames(count: 0)),
    Case(
      "other trust domain", named("URI:spiffe://other.example/camera/site-1"),
      .trustDomain(found: "other.example", expected: "mesh.example")),
    Case(
      "sub-domain", named("URI:spiffe://evil.mesh.example/camera/site-1"),
      .trustDomain(found: "evil.mesh.example", expected: "mesh.example")),
    Case(
      "super-domain", named("URI:spiffe://example/camera/site-1"),
      .trustDomain(found: "example", expected: "mesh.example")),
    Case(
      "33 names", named("URI:\(site)," + (1...32).map { "DNS:h\($0).example" }.joined(separator: ",")),
      .tooManyNames(count: 33, limit: 32)),
  ]

  static let algorithms: [Case] = [
    Case("RSA 1024", CertificateWorkshop.leaf(), key: .rsa1024, .weakAlgorithm(position: 0)),
    Case("RSA 2052, no whole bytes", CertificateWorkshop.leaf(), key: .rsa2052, .weakAlgorithm(position: 0)),
    Case("P-521", CertificateWorkshop.leaf(), key: .p521, .weakAlgorithm(position: 0)),
    Case("secp256k1", CertificateWorkshop.leaf(), key: .secp256k1, .weakAlgorithm(position: 0)),
    Case("signed with SHA-1", CertificateWorkshop.leaf(), digest: "-sha1", .weakAlgorithm(position: 0)),
  ]

  @Test(arguments: accepted + usages + names + algorithms)
  func leaf(of example: Case) async throws {
    let workshop = try CertificateWorkshop()
    try workshop.make("leaf", example.extensions, by: "intermediate", key: example.key, digest: example.digest)
    let verdict = try await verify(workshop, ["leaf", "intermediate"])
    #expect(verdict.rejection == example.rejection)
    if example.rejection == nil { #expect(try verdict.peer?.id == SPIFFEID(uri: Self.site)) }
  }

  /// What is no SPIFFE ID of a workload, by SPIFFE-ID §2.
  @Test(
    arguments: [
      "spiffe://mesh.example", "spiffe://mesh.example/", "spiffe://mesh.example/camera", "https://mesh.example/a/b",
      "spiffe://mesh.example/camera/site-1/", "spiffe://mesh.example/camera/..", "spiffe://mesh.example/camera/%61",
      "spiffe://MESH.example/camera/site-1", "SPIFFE://mesh.example/camera/site-1",
      "spiffe://user@mesh.example/camera/site-1", "spiffe://mesh.example:443/camera/site-1",
      "spiffe://mesh.example/camera/site-1?a=b", "spiffe://mesh.example//site-1",
    ])
  func name(uri: String) async throws {
    let workshop = try CertificateWorkshop()
    try workshop.make("leaf", Self.named("URI:\(uri)"), by: "intermediate")
    let rejection = try await verify(workshop, ["leaf", "intermediate"]).rejection
    guard case .spiffeID = rejection else {
      Issue.record("refused for another reason: \(String(describing: rejection))")
      return
    }
  }

  // MARK: Time

  @Test(arguments: [
    (-1.0 * day, ChainRejection?.some(.notYetValid(position: 0, notBefore: .distantPast))),
    (1, nil), (31 * day, .expired(position: 0, notAfter: .distantPast)),
  ])
  func time(offset: TimeInterval, expected: ChainRejection?) async throws {
    let workshop = try CertificateWorkshop()
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    let verdict = try await verify(workshop, ["leaf", "intermediate"], at: Date(timeIntervalSinceNow: offset))
    switch (expected, verdict.rejection) {
    case (nil, nil), (.notYetValid, .notYetValid(position: 0, _)), (.expired, .expired(position: 0, _)): break
    default: Issue.record("\(verdict)")
    }
  }

  @Test func rootExpired() async throws {
    let workshop = try CertificateWorkshop(rootDays: 1)
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    let names = ["leaf", "intermediate"]
    #expect(try await verify(workshop, names).rejection == nil)
    let later = try await verify(workshop, names, at: Date(timeIntervalSinceNow: 2 * Self.day))
    #expect(later.rejection?.rule == "root_expired")
  }

  // MARK: Paths

  @Test func otherAuthority() async throws {
    let (own, other) = (try CertificateWorkshop(), try CertificateWorkshop())
    try other.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    let chain = [try other.der("leaf"), try other.der("intermediate")]
    #expect(try await verify(chain, roots: [own.der("root")]).rejection == .untrusted)
    #expect(try await verify(chain, roots: [own.der("root"), other.der("root")]).rejection == nil)
  }

  @Test func leafAlone() async throws {
    let workshop = try CertificateWorkshop()
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    #expect(try await verify(workshop, ["leaf"]).rejection == .untrusted)
  }

  /// RFC 8446 §4.4.2: certificates beyond the path, and in another order, are tolerated.
  @Test(arguments: [
    ["leaf", "intermediate", "root"], ["leaf", "root", "intermediate"], ["leaf", "spare", "intermediate"],
  ])
  func furtherCertificates(names: [String]) async throws {
    let workshop = try CertificateWorkshop()
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    try workshop.make("spare", CertificateWorkshop.issuing, by: "root")
    #expect(try await verify(workshop, names).rejection == nil)
  }

  @Test func rsaAuthority() async throws {
    let workshop = try CertificateWorkshop(key: .rsa2048)
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    #expect(try await verify(workshop, ["leaf", "intermediate"]).rejection == nil)
  }

  /// RSA with SHA-1 is a signature that the library would check.
  @Test func rsaWithSHA1() async throws {
    let workshop = try CertificateWorkshop(key: .rsa2048)
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate", digest: "-sha1")
    #expect(try await verify(workshop, ["leaf", "intermediate"]).rejection == .weakAlgorithm(position: 0))
  }

  @Test func signedByALeaf() async throws {
    let workshop = try CertificateWorkshop()
    try workshop.make("other", CertificateWorkshop.leaf(), by: "intermediate")
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "other")
    let rejection = try await verify(workshop, ["leaf", "other", "intermediate"]).rejection
    #expect(rejection == .signer(.notAnAuthority))
  }

  /// A leaf signed through `sub`, an authority with these extensions that `by` signed.
  @Test(arguments: [
    ("pathlen of the intermediate", CertificateWorkshop.authority, "intermediate", ChainRejection.pathLength(limit: 0)),
    ("no keyCertSign", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign", "root", .signer(.mayNotSign)),
    ("no key usage", "basicConstraints=critical,CA:TRUE", "root", .signer(.mayNotSign)),
    ("no basic constraints", "keyUsage=critical,keyCertSign", "root", .signer(.notAnAuthority)),
    (
      "name of a workload",
      CertificateWorkshop.authority + "\nsubjectAltName=URI:spiffe://mesh.example/camera/site-9", "root",
      .signer(.otherName)
    ),
    (
      "name of another trust domain", CertificateWorkshop.authority + "\nsubjectAltName=URI:spiffe://other.example",
      "root", .signer(.otherName)
    ),
    (
      "constrained to another trust domain",
      CertificateWorkshop.authority + "\nnameConstraints=critical,permitted;URI:other.example", "root", .nameConstraints
    ),
    (
      "trust domain excluded",
      CertificateWorkshop.authority + "\nnameConstraints=critical,excluded;URI:mesh.example", "root", .nameConstraints
    ),
  ])
  func signer(_ title: String, extensions: String, by: String, expected: ChainRejection) async throws {
    let workshop = try CertificateWorkshop()
    try workshop.make("sub", extensions, by: by)
    try workshop.make("leaf", CertificateWorkshop.leaf(), by: "sub")
    let names = by == "root" ? ["leaf", "sub"] : ["leaf", "sub", by]
    #expect(try await verify(workshop, names).rejection == expected, "\(title)")
  }

  // MARK: Bytes

  @Test func twoSignatureAlgorithms() async throws {
    let workshop = try CertificateWorkshop()
    var leaf = try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    // ecdsa-with-SHA256, whose first occurrence is inside the signed part; one digit on is ecdsa-with-SHA384.
    let identifier: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]
    let start = try #require(leaf.indices.first { leaf[$0...].starts(with: identifier) })
    leaf[start + 9] = 0x03
    let rejection = try await verify([leaf, workshop.der("intermediate")], roots: [workshop.der("root")]).rejection
    #expect(rejection == .signatureAlgorithmMismatch(position: 0))
  }

  /// A bit string with a bit to spare: the same certificate in other bytes. (Where the last bit is 1, it is not even DER.)
  @Test func signatureThatEndsWithinAByte() async throws {
    let workshop = try CertificateWorkshop()
    var leaf: [UInt8]
    repeat {
      leaf = try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    } while leaf.last.map { $0 & 1 } != 0
    // The signature: an ECDSA sequence of 0x30 and its length, after the count of spare bits.
    let length = try #require(
      (68...72).first { leaf[leaf.count - $0] == 0x30 && Int(leaf[leaf.count - $0 + 1]) == $0 - 2 })
    leaf[leaf.count - length - 1] = 1
    let rejection = try await verify([leaf, workshop.der("intermediate")], roots: [workshop.der("root")]).rejection
    #expect(rejection == .malformed(position: 0, reason: "its signature ends within a byte"))
  }

  /// No changed byte of a good leaf is accepted, none crashes: all of its head and its signature, a third of what is between.
  @Test func everyByteCounts() async throws {
    let workshop = try CertificateWorkshop()
    let leaf = try workshop.make("leaf", CertificateWorkshop.leaf(), by: "intermediate")
    let (intermediate, root) = (try workshop.der("intermediate"), try workshop.der("root"))
    for index in leaf.indices where index < 32 || index > leaf.count - 96 || index % 3 == 0 {
      var changed = leaf
      changed[index] ^= 0x01
      let verdict = try await verify([changed, intermediate], roots: [root])
      #expect(verdict.rejection != nil, "byte \(index)")
    }
    for length in stride(from: 0, to: leaf.count, by: 7) {
      let verdict = try await verify([Array(leaf.prefix(length)), intermediate], roots: [root])
      #expect(verdict.rejection == .malformed(position: 0, reason: "not DER of an X.509 certificate"))
    }
  }

  private func verify(
    _ workshop: CertificateWorkshop, _ names: [String], at date: Date = Date()
  ) async throws -> ChainVerdict {
    try await verify(names.map { try workshop.der($0) }, roots: [workshop.der("root")], at: date)
  }

  private func verify(_ chain: [[UInt8]], roots: [[UInt8]], at date: Date = Date()) async throws -> ChainVerdict {
    // A second on: what openssl made begins at the full second in which it was made.
    try await ChainVerifier(roots: roots, trustDomain: domain).verify(
      presented: chain, at: date.addingTimeInterval(1))
  }
}
