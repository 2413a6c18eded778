import Foundation
import TacetMesh
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity

/// A throwaway mesh: a CA and the identities it issues.
struct TestMesh {
  let trustDomain: TrustDomain
  let authority: CertificateAuthority

  init(_ name: String = "mesh.example") throws {
    trustDomain = try TrustDomain(name)
    authority = try CertificateAuthority.ephemeral(trustDomain: trustDomain)
  }

  func id(_ path: String) throws -> SPIFFEID {
    try SPIFFEID(trustDomain: trustDomain, path: path)
  }

  /// The three files of an identity, in a folder of their own.
  func files(_ path: String, lifetime: Duration = .seconds(3600)) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-test-\(UUID().uuidString)")
    let issued = try authority.issue(
      id(path), lifetime: lifetime, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], at: Date())
    try issued.write(to: folder)
    return folder
  }

  func svid(_ path: String, lifetime: Duration = .seconds(3600)) throws -> SVID {
    try authority.issue(
      id(path), lifetime: lifetime, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], at: Date()
    ).svid
  }

  /// The three files of an identity, its serial number, and its end.
  func issue(
    _ path: String, lifetime: Duration = .seconds(3600), into folder: URL? = nil
  ) throws -> (folder: URL, serial: SerialNumber, svid: SVID) {
    let folder = folder ?? FileManager.default.temporaryDirectory.appending(path: "tacet-test-\(UUID().uuidString)")
    let issued = try authority.issue(
      id(path), lifetime: lifetime, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], profile: Self.shortLived,
      at: Date())
    try issued.write(to: folder)
    return (folder, try #require(SerialNumber(hexadecimal: issued.serial)), issued.svid)
  }

  /// Certificates of seconds.
  private static let shortLived = LeafProfile(
    name: "test", lifetimes: .seconds(1)...(.seconds(86400)), lifetime: .seconds(3600), keys: [.p256],
    statesExtendedKeyUsage: true, roles: nil, grantsDNSNames: true, grantsIPAddresses: true)

  /// A revocation list of the authority.
  func list(revoking serials: [SerialNumber] = [], number: UInt64 = 1, lives: TimeInterval = 3600) throws
    -> RevocationList
  {
    try .issue(
      serials.map { .init(serial: $0, revokedAt: Date(), reason: .keyCompromise) }, number: SerialNumber(number),
      by: authority.issuer.certificate, key: authority.issuer.key, thisUpdate: Date() - 60,
      nextUpdate: Date() + lives)
  }

  /// An identity of this mesh; `trusting` another mesh makes it accept peers of that one.
  func identity(
    _ path: String, lifetime: Duration = .seconds(3600), trusting other: TestMesh? = nil,
    clock: TestClock = TestClock(),
    revocations: RevocationRegister? = nil, requiresPostQuantum: Bool = false
  ) throws -> MeshIdentity {
    let svid = try svid(path, lifetime: lifetime)
    let roots = try other.map { try $0.svid("ca/roots").roots } ?? svid.roots
    let verifier = try ChainVerifier(
      roots: roots, trustDomain: other?.trustDomain ?? trustDomain, revocations: revocations)
    return MeshIdentity(svid: svid, verifier: verifier, requiresPostQuantum: requiresPostQuantum, now: { clock.now })
  }
}
