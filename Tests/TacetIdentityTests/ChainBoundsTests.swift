import Foundation
import SwiftASN1
import Testing

@testable import TacetIdentity

/// What is far too much is refused before it is parsed, from files as over a connection.
@Suite struct ChainBoundsTests {
  private let folder: TemporaryFolder
  private let authority: CertificateAuthority
  private let leaf: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    authority = try CertificateAuthority.ephemeral(trustDomain: TrustDomain("mesh.example"))
    leaf = try authority.issue(
      SPIFFEID(trustDomain: authority.trustDomain, role: "camera", name: "site-1")
    ).chain[0]
  }

  /// Bounds of a debug build on a machine under load; a release build needs a hundredth of them.
  private func refused(_ file: URL, within bound: Duration = .seconds(10)) throws -> ChainRejection? {
    let start = ContinuousClock.now
    defer { #expect(ContinuousClock.now - start < bound) }
    guard case .failure(let rejection) = try CertificateFile.presented(file) else { return nil }
    return rejection
  }

  @Test func aThousandCertificates() throws {
    let pem = PEMDocument(type: "CERTIFICATE", derBytes: leaf).pemString + "\n"
    let file = try folder.write(String(repeating: pem, count: 1000), to: "thousand.pem")
    #expect(try refused(file) == .tooManyCertificates(count: 1000, limit: 8))
    #expect(try refused(folder.write(String(repeating: pem, count: 8), to: "eight.pem")) == nil)
  }

  @Test func tenMegabytes() throws {
    let line = String(repeating: "A", count: 64) + "\n"
    let text = "-----BEGIN CERTIFICATE-----\n" + String(repeating: line, count: 160_000) + "-----END CERTIFICATE-----\n"
    #expect(try refused(folder.write(text, to: "large.pem")) == .tooLarge(bytes: text.utf8.count, limit: 64 << 10))
    try Data([0x30] + [UInt8](repeating: 0, count: 10 << 20)).write(to: folder.file("large.der"))
    #expect(try refused(folder.file("large.der")) == .tooLarge(bytes: 10 << 20 | 1, limit: 64 << 10))
  }

  @Test func der() throws {
    try Data(leaf).write(to: folder.file("leaf.der"))
    guard case .success([leaf]) = try CertificateFile.presented(folder.file("leaf.der")) else {
      Issue.record("DER is not read")
      return
    }
  }

  @Test(arguments: [
    "", "garbage", "-----BEGIN CERTIFICATE-----\nMIIB", "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
  ])
  func noCertificates(text: String) throws {
    let file = try folder.write(text, to: "file.pem")
    #expect(throws: IdentityError.self) { try CertificateFile.presented(file) }
    #expect(throws: IdentityError.self) { try CertificateFile.trusted(file) }
  }

  @Test func missing() {
    #expect { try CertificateFile.presented(folder.file("nowhere")) } throws: {
      ($0 as? IdentityError)?.kind == .missing
    }
  }
}
