import Crypto
import Foundation
import Testing
import X509

@testable import TacetIdentity

/// Name constraints on URIs, which the library reads as suffixes (RFC 5280 §4.2.1.10).
@Suite(.serialized) struct PathRulesTests {
  private static let now = Date()

  /// A leaf with one URI name below an authority with these constraints.
  private static func path(_ uri: String, permitted: [String], excluded: [String]) throws -> [Certificate] {
    let key = P256.Signing.PrivateKey()
    func made(_ name: String, _ extensions: Certificate.Extensions) throws -> Certificate {
      try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(bytes: [1]),
        publicKey: Certificate.PublicKey(key.publicKey),
        notValidBefore: now - 60, notValidAfter: now + 60, issuer: DistinguishedName { CommonName("authority") },
        subject: DistinguishedName { CommonName(name) }, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
        issuerPrivateKey: Certificate.PrivateKey(key))
    }
    let leaf = try made(
      "leaf", Certificate.Extensions { SubjectAlternativeNames([.uniformResourceIdentifier(uri)]) })
    let constraints = NameConstraints(
      permittedSubtrees: permitted.map { .uniformResourceIdentifier($0) },
      excludedSubtrees: excluded.map { .uniformResourceIdentifier($0) })
    let root = try made(
      "authority",
      Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(constraints)
      })
    return [leaf, root]
  }

  private func rejection(_ uri: String, permitted: [String] = [], excluded: [String] = []) throws -> ChainRejection? {
    let path = try Self.path(uri, permitted: permitted, excluded: excluded)
    do throws(ChainRejection) {
      try PathRules.check(path, at: Self.now)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("spiffe://mesh.example/a/b", "mesh.example", true), ("spiffe://MESH.example/a/b", "mesh.EXAMPLE", true),
    ("spiffe://evil.mesh.example/a/b", "mesh.example", false), ("spiffe://evilmesh.example/a/b", "mesh.example", false),
    ("spiffe://mesh.example/a/b", ".mesh.example", false), ("spiffe://a.mesh.example/a/b", ".mesh.example", true),
    ("spiffe://evilmesh.example/a/b", ".mesh.example", false), ("spiffe://example/a/b", "mesh.example", false),
    ("spiffe://mesh.example", "mesh.example", true), ("https://mesh.example?a", "mesh.example", true),
    ("urn:mesh.example", "mesh.example", false), ("spiffe:/mesh.example", "mesh.example", false),
    ("spiffe://", "mesh.example", false), ("", "mesh.example", false), ("spiffe://10.0.0.1/a", "10.0.0.1", false),
    ("spiffe://u@mesh.example/a", "mesh.example", false), ("spiffe://mesh.example:1/a", "mesh.example", false),
    ("spiffe://[::1]/a", "[::1]", false), ("spiffe://mesh.example.@/", "mesh.example", false),
  ])
  func permitted(_ uri: String, constraint: String, isPermitted: Bool) throws {
    #expect(try rejection(uri, permitted: [constraint]) == (isPermitted ? nil : .nameConstraints))
  }

  @Test(arguments: [
    ("spiffe://mesh.example/a/b", "mesh.example", false), ("spiffe://a.mesh.example/a/b", "mesh.example", true),
    ("spiffe://a.mesh.example/a/b", ".mesh.example", false), ("spiffe://mesh.example/a/b", ".mesh.example", true),
    ("urn:mesh.example", "mesh.example", false), ("urn:other", "mesh.example", false),
    ("spiffe:///a", "mesh.example", false),
    ("spiffe://u@mesh.example/a", "mesh.example", false), ("spiffe://mesh.example:1/a", "mesh.example", false),
    ("spiffe://127.0.0.1/a", "mesh.example", false),
  ])
  func excluded(_ uri: String, constraint: String, isPermitted: Bool) throws {
    #expect(try rejection(uri, excluded: [constraint]) == (isPermitted ? nil : .nameConstraints))
  }

  @Test func excludedWins() throws {
    #expect(
      try rejection("spiffe://mesh.example/a", permitted: ["mesh.example"], excluded: ["mesh.example"])
        == .nameConstraints)
    #expect(try rejection("spiffe://b.example/a", permitted: ["a.example", "b.example"]) == nil)
  }

  /// An authority's new certificate, signed by its old one, need not fit what the old one says of those below (§6.1.3 (b)), and is
  /// no step of the path length (§6.1.4 (l)).
  @Test func selfIssued() throws {
    let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    func made(_ name: String, _ uri: String, length: Int?) throws -> Certificate {
      try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(bytes: [1]), publicKey: key.publicKey,
        notValidBefore: Self.now - 60, notValidAfter: Self.now + 60,
        issuer: DistinguishedName { CommonName("authority") },
        subject: DistinguishedName { CommonName(name) }, signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: length))
          Critical(NameConstraints(permittedSubtrees: [.uniformResourceIdentifier("mesh.example")]))
          SubjectAlternativeNames([.uniformResourceIdentifier(uri)])
        }, issuerPrivateKey: key)
    }
    let leaf = try made("leaf", "spiffe://mesh.example/a/b", length: nil)
    let old = try made("authority", "spiffe://mesh.example", length: 0)
    let renewed = try made("authority", "spiffe://other.example", length: 0)
    let below = try made("below", "spiffe://other.example", length: 0)
    try PathRules.check([leaf, renewed, old], at: Self.now)
    #expect(throws: ChainRejection.pathLength(limit: 0)) { try PathRules.check([leaf, below, old], at: Self.now) }
    let outside = try made("authority", "spiffe://other.example/a/b", length: nil)
    #expect(throws: ChainRejection.nameConstraints) { try PathRules.check([outside, old], at: Self.now) }
  }
}
