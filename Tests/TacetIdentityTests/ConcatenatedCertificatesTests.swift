import Crypto
import Foundation
import SwiftASN1
import Testing

@testable import TacetIdentity

/// Certificates one after the other, and keys, as the SPIFFE Workload API has them.
@Suite struct ConcatenatedCertificatesTests {
  @Test func certificatesOneAfterTheOther() throws {
    let short: [UInt8] = [0x30, 0x02, 0x05, 0x00]
    let long = [0x30, 0x81, 0x80] + [UInt8](repeating: 0x05, count: 128)
    let longer = [0x30, 0x82, 0x01, 0x00] + [UInt8](repeating: 0x05, count: 256)
    #expect(CertificateFile.concatenated(short + long + longer) == [short, long, longer])
    #expect(CertificateFile.concatenated([]) == [])
  }

  @Test(
    arguments: [
      [0x30], [0x31, 0x00], [0x30, 0x01], [0x30, 0x80, 0x00], [0x30, 0x82, 0x01], [0x30, 0x84, 0, 0, 0, 0],
      [0x30, 0x83, 0xFF, 0xFF, 0xFF], [0x30, 0x00, 0x02], [0x30, 0xFF],
    ] as [[UInt8]])
  func whatIsNone(_ bytes: [UInt8]) {
    #expect(CertificateFile.concatenated(bytes) == nil)
  }

  @Test func moreThanAPeerMayPresent() {
    #expect(CertificateFile.concatenated([UInt8](repeating: 0, count: 1 << 18)) == nil)
    #expect(CertificateFile.concatenated([[UInt8]](repeating: [0x30, 0x00], count: 17).flatMap { $0 }) == nil)
  }

  @Test func keysAreHandedOutAsPKCS8() throws {
    let authority = try CertificateAuthority.ephemeral(trustDomain: TrustDomain("mesh.example"))
    let issued = try authority.issue(
      SPIFFEID(trustDomain: authority.trustDomain, path: "camera/a"), lifetime: .seconds(600), dnsNames: [],
      ipAddresses: [], at: Date()
    ).svid
    let key = try P256.Signing.PrivateKey(
      pemRepresentation: issued.privateKeyPEM.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    #expect(try issued.privateKeyDER().withUnsafeBytes { Data($0) } == key.derRepresentation)
    // A file of `openssl ecparam -genkey` has SEC 1.
    let sec1 = try SEC1(key)
    let other = SVID(
      id: issued.id, chain: issued.chain, roots: issued.roots, privateKeyPEM: try SecretBytes(Array(sec1.pem.utf8)),
      notAfter: issued.notAfter)
    #expect(try other.privateKeyDER().withUnsafeBytes { Data($0) } == key.derRepresentation)
    let rsa = SVID(
      id: issued.id, chain: issued.chain, roots: issued.roots,
      privateKeyPEM: try SecretBytes(
        Array("-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n".utf8)),
      notAfter: issued.notAfter)
    #expect(throws: IdentityError.self) { try rsa.privateKeyDER() }
  }

  /// RFC 5915: version, key, curve.
  private struct SEC1 {
    let pem: String

    init(_ key: P256.Signing.PrivateKey) throws {
      let curve: [UInt8] = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
      let content = [0x02, 0x01, 0x01, 0x04, 0x20] + Array(key.rawRepresentation) + curve
      pem = PEMDocument(type: "EC PRIVATE KEY", derBytes: [0x30, UInt8(content.count)] + content).pemString
    }
  }
}
