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
