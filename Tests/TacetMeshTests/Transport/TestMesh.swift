import Foundation
import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

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

  /// An identity of this mesh; `trusting` another mesh makes it accept peers of that one.
  func identity(
    _ path: String, lifetime: Duration = .seconds(3600), trusting other: TestMesh? = nil, clock: TestClock = TestClock()
  ) throws -> MeshIdentity {
    let svid = try svid(path, lifetime: lifetime)
    let roots = try other.map { try $0.svid("ca/roots").roots } ?? svid.roots
    let verifier = try ChainVerifier(roots: roots, trustDomain: other?.trustDomain ?? trustDomain)
    return MeshIdentity(svid: svid, verifier: verifier, now: { clock.now })
  }
}
