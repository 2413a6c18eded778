import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import TacetIdentity

/// What the authority issues.
@Suite struct CertificateAuthorityTests {
  private let authority: CertificateAuthority
  private let site: SPIFFEID

  init() throws {
    let domain = try TrustDomain("mesh.example")
    authority = try CertificateAuthority.ephemeral(trustDomain: domain)
    site = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-1")
  }

  /// RFC 5280 §4.1.2.2: positive, at most 20 octets, never the same twice.
  @Test func serials() throws {
    let issued = try (0..<200).map { _ in try Certificate(derEncoded: authority.issue(site).chain[0]).serialNumber }
    #expect(Set(issued.map(\.bytes)).count == issued.count)
    for serial in issued {
      #expect(serial.bytes.count == 20)
      #expect(serial.bytes.first.map { (0x40..<0x80).contains($0) } == true)
    }
    // Bytes after the first are random: 3,800 draws that hit fewer than 250 of 256 values have probability < 1e-15.
    #expect(Set(issued.flatMap { $0.bytes.dropFirst() }).count >= 250)
  }

  @Test func times() throws {
    let date = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.up))
    let leaf = try Certificate(derEncoded: authority.issue(site, lifetime: .seconds(3600), at: date).chain[0])
    #expect(leaf.notValidBefore == date.addingTimeInterval(-60))
    #expect(leaf.notValidAfter == date.addingTimeInterval(3600))
  }

  /// A leaf that must begin later, since its issuer does, ends later too: its renewals would be granted what it shows.
  @Test(arguments: [-0.9, -0.4, 0, 0.4]) func theLifetimeIsWhatWasGranted(after: TimeInterval) throws {
    let chain = try authority.issue(site).chain.map { try Certificate(derEncoded: $0) }
    let date = chain[1].notValidBefore + CertificateProfile.leeway + after
    let leaf = try Certificate(derEncoded: authority.issue(site, lifetime: .seconds(3600), at: date).chain[0])
    #expect(leaf.notValidBefore >= chain[1].notValidBefore)
    #expect(leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore) == 3600 + CertificateProfile.leeway)
  }

  /// A bridge that ends before the leaf is not presented with it.
  @Test func noBridgeThatEndsBeforeTheLeaf() throws {
    let (domain, now) = (authority.trustDomain, Date())
    let old = try CertificateProfile.makeRoot(trustDomain: domain, at: now - 3650 * 86400 + 3600)
    let root = try CertificateProfile.makeRoot(trustDomain: domain, at: now)
    let bridge = try CertificateProfile.makeBridge(trustDomain: domain, from: old, to: root.certificate, at: now)
    let issuer = try CertificateProfile.makeIntermediate(trustDomain: domain, root: root, at: now)
    let bridged = try CertificateAuthority(
      trustDomain: domain, roots: [try CertificateProfile.der(root.certificate)],
      signers: [issuer.certificate, bridge].map(CertificateProfile.der), key: issuer.key, record: nil)
    #expect(try bridged.issue(site, lifetime: .seconds(600)).chain.count == 3)
    #expect(try bridged.issue(site, lifetime: .seconds(86400)).chain.count == 2)
  }

  /// Who shows a leaf is somebody until the first certificate of its path expires.
  @Test func nobodyOutlivesThePath() async throws {
    let (domain, now) = (authority.trustDomain, Date())
    let root = try CertificateProfile.makeRoot(trustDomain: domain, at: now - 3650 * 86400 + 3600)
    let below = try CertificateProfile.makeIntermediate(trustDomain: domain, root: root, at: now)
    let issuer = CertificateProfile.Issuer(certificate: below.certificate, key: below.key)
    let leaf = try CertificateProfile.leaf(
      names: CertificateProfile.names(site, dnsNames: [], ipAddresses: []),
      key: LeafProfile.standard.makeKey().publicKey,
      profile: .standard, issuer: issuer, from: now, until: now + 86400)
    let verifier = try ChainVerifier(roots: [CertificateProfile.der(root.certificate)], trustDomain: domain)
    let presented = try [leaf, below.certificate].map(CertificateProfile.der)
    let peer = try #require(await verifier.verify(presented: presented, at: now).peer)
    #expect(peer.notAfter == root.certificate.notValidAfter)
    #expect(verifier.review(peer, at: now + 7200)?.rule == "expired")
  }

  /// A root whose key is of a kind that no leaf may have.
  @Test func rootOfAWeakKind() throws {
    let key = Certificate.PrivateKey(P521.Signing.PrivateKey())
    let name = try DistinguishedName { CommonName("root") }
    let root = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(bytes: [1]), publicKey: key.publicKey,
      notValidBefore: Date() - 60, notValidAfter: Date() + 3600, issuer: name, subject: name,
      signatureAlgorithm: .ecdsaWithSHA512,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(keyCertSign: true))
      }, issuerPrivateKey: key)
    let der = try CertificateProfile.der(root)
    #expect(throws: IdentityError.self) { try ChainVerifier(roots: [der], trustDomain: authority.trustDomain) }
  }

  /// The key of a request is not the authority's own.
  @Test func requestForTheAuthoritysKey() throws {
    func request(_ key: Certificate.PrivateKey) throws -> SigningRequest {
      let request = try CertificateSigningRequest(
        version: .v1, subject: DistinguishedName([RelativeDistinguishedName]()), privateKey: key,
        attributes: CertificateSigningRequest.Attributes())
      return try SigningRequest(pem: Data(request.serializeAsPEM().pemString.utf8))
    }
    #expect(try authority.sign(request(LeafProfile.standard.makeKey()), as: site).id == site)
    #expect {
      try authority.sign(request(authority.issuer.key), as: site)
    } throws: {
      ($0 as? IdentityError)?.kind == .notPermitted
    }
  }

  @Test func noLeafOutlivesItsIssuer() throws {
    let end = try Certificate(derEncoded: authority.intermediate).notValidAfter
    let late = try authority.issue(site, lifetime: .seconds(86400), at: end.addingTimeInterval(-3600))
    #expect(late.notAfter == end)
    #expect(throws: IdentityError.self) { try authority.issue(site, at: end.addingTimeInterval(-30)) }
    #expect(throws: IdentityError.self) { try authority.issue(site, at: end.addingTimeInterval(1)) }
  }

  @Test(arguments: [Duration.seconds(59), .seconds(90 * 86400 + 1), .zero, .seconds(-3600)])
  func lifetimeOutOfRange(lifetime: Duration) {
    #expect(throws: IdentityError.self) { try authority.issue(site, lifetime: lifetime) }
  }

  @Test func anotherTrustDomain() throws {
    let stranger = try SPIFFEID(uri: "spiffe://other.example/camera/site-1")
    #expect(throws: IdentityError.self) { try authority.issue(stranger) }
  }

  @Test(
    arguments: [
      "", "-a", "a-", "a..b", ".a", "a.", "*.example", "a_b", "a b", "é", String(repeating: "a", count: 64),
      Array(repeating: "abcd", count: 51).joined(separator: "."),
    ])
  func badHostName(name: String) {
    #expect(throws: IdentityError.self) { try authority.issue(site, dnsNames: [name]) }
  }

  @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", ":::", "localhost", "fe80::1%eth0"])
  func badAddress(address: String) {
    #expect(throws: IdentityError.self) { try authority.issue(site, ipAddresses: [address]) }
  }

  @Test func namesThatNoVerifierWouldLookAt() throws {
    let names = (1...32).map { "h\($0).example" }
    #expect(throws: IdentityError.self) { try authority.issue(site, dnsNames: names) }
    #expect(throws: Never.self) { try authority.issue(site, dnsNames: Array(names.dropLast())) }
  }

  // MARK: As another implementation sees it

  @Test(.enabled(if: OpenSSL.isInstalled)) func opensslAccepts() throws {
    let folder = try TemporaryFolder()
    let issued = try authority.issue(site, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", "::1"])
    try issued.write(to: folder.file("site-1"))
    let path = { (name: String) in folder.file("site-1").appendingPathComponent(name).path }
    for purpose in ["sslserver", "sslclient"] {
      let output = try OpenSSL.run([
        "verify", "-x509_strict", "-purpose", purpose, "-verify_hostname", "localhost", "-verify_ip", "127.0.0.1",
        "-CAfile", path("bundle.pem"), "-untrusted", path("cert.pem"), path("cert.pem"),
      ])
      #expect(output.hasSuffix("cert.pem: OK\n"))
    }
    let text = try OpenSSL.run(["x509", "-noout", "-text", "-in", path("cert.pem")])
    let names =
      "URI:spiffe://mesh.example/camera/site-1, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"
    for line in [
      "X509v3 Subject Alternative Name: critical\n                \(names)",
      "X509v3 Key Usage: critical\n                Digital Signature\n", "CA:FALSE",
      "TLS Web Server Authentication, TLS Web Client Authentication", "ASN1 OID: prime256v1",
    ] {
      #expect(text.contains(line), "\(line)")
    }
  }

  /// The intermediate's constraints bind for others too: openssl refuses what it must not have signed.
  @Test(.enabled(if: OpenSSL.isInstalled)) func intermediateIsConstrained() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(PEMFile.text([authority.intermediate]), to: "intermediate.pem")
    let text = try OpenSSL.run(["x509", "-noout", "-text", "-in", file.path])
    #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0"))
    #expect(text.contains("X509v3 Name Constraints: critical"))
    #expect(text.contains("URI:mesh.example"))
  }
}
