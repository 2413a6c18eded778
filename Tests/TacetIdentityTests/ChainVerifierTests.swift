import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import TacetIdentity

/// The bounds on what a peer may make us do, and whom the verifier takes a peer for.
@Suite struct ChainVerifierTests {
  private let authority: CertificateAuthority
  private let verifier: ChainVerifier
  private let site: SPIFFEID

  init() throws {
    let domain = try TrustDomain("mesh.example")
    authority = try CertificateAuthority.ephemeral(trustDomain: domain)
    verifier = try ChainVerifier(roots: [authority.root], trustDomain: domain)
    site = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-1")
  }

  @Test func whoItIs() async throws {
    let issued = try authority.issue(site, lifetime: .seconds(3600))
    let verdict = await verifier.verify(presented: issued.chain, at: Date(), expecting: site)
    let peer = try #require(verdict.peer)
    #expect(peer.id == site)
    #expect(peer.serial == issued.serial)
    #expect(peer.notAfter == issued.notAfter)
  }

  @Test func somebodyElse() async throws {
    let other = try SPIFFEID(trustDomain: authority.trustDomain, role: "camera", name: "site-2")
    let chain = try authority.issue(site).chain
    let verdict = await verifier.verify(presented: chain, at: Date(), expecting: other)
    #expect(verdict.rejection == .unexpectedPeer(found: site, expected: other))
  }

  @Test func anotherAuthorityOfTheSameName() async throws {
    let stranger = try CertificateAuthority.ephemeral(trustDomain: authority.trustDomain)
    let verdict = await verifier.verify(presented: try stranger.issue(site).chain, at: Date())
    #expect(verdict.rejection == .untrusted)
  }

  /// The leaf of one authority with the intermediate of another that has the same name.
  @Test func mixedChain() async throws {
    let stranger = try CertificateAuthority.ephemeral(trustDomain: authority.trustDomain)
    let chain = [try stranger.issue(site).chain[0], authority.intermediate]
    #expect(await verifier.verify(presented: chain, at: Date()).rejection == .untrusted)
  }

  // MARK: Bounds before parsing: what is presented here cannot be parsed, and nobody notices

  @Test func nothing() async {
    #expect(await verifier.verify(presented: [], at: Date()).rejection == .nothingPresented)
  }

  @Test(arguments: [9, 100]) func tooMany(count: Int) async {
    let garbage = [[UInt8]](repeating: [0xFF], count: count)
    let rejection = await verifier.verify(presented: garbage, at: Date()).rejection
    #expect(rejection == .tooManyCertificates(count: count, limit: 8))
  }

  @Test func eightAreLookedAt() async {
    let garbage = [[UInt8]](repeating: [0xFF], count: 8)
    let rejection = await verifier.verify(presented: garbage, at: Date()).rejection
    #expect(rejection == .malformed(position: 0, reason: "not DER of an X.509 certificate"))
  }

  @Test func tooLong() async {
    let limit = 16 << 10
    for (bytes, count, expected) in [
      (limit + 1, 1, ChainRejection.tooLarge(bytes: limit + 1, limit: limit)),
      (limit, 5, .tooLarge(bytes: 5 * limit, limit: 64 << 10)),
      (limit, 4, .malformed(position: 0, reason: "not DER of an X.509 certificate")),
    ] {
      let garbage = [[UInt8]](repeating: [UInt8](repeating: 0xFF, count: bytes), count: count)
      #expect(await verifier.verify(presented: garbage, at: Date()).rejection == expected)
    }
  }

  // MARK: Certificates that sign each other

  @Test func ninetyNineThatSignEachOther() async throws {
    let graph = SignerGraph()
    let chain = [try graph.leaf(uri: site.description)] + (try graph.crossSigned(99))
    #expect(chain.reduce(0) { $0 + $1.count } > 30_000)
    let start = ContinuousClock.now
    let rejection = await verifier.verify(presented: chain, at: Date()).rejection
    #expect(rejection == .tooManyCertificates(count: 100, limit: 8))
    // A parser would need longer; a machine under load does not make it so long.
    #expect(ContinuousClock.now - start < .milliseconds(250))
  }

  /// Seven authorities and a leaf have 13,700 partial paths; the search checks no pair twice and no signer twice along a path.
  @Test func eightThatSignEachOther() async throws {
    let graph = SignerGraph()
    let presented = [try graph.leaf(uri: site.description)] + (try graph.crossSigned(7))
    #expect(await verifier.verify(presented: presented, at: Date()).rejection == .untrusted)
    var search = PathSearch(
      presented: try presented.map { try Certificate(derEncoded: $0) },
      roots: [try Certificate(derEncoded: authority.root)])
    #expect(search.paths().isEmpty)
    #expect(search.steps == 8)
    #expect(search.signatureChecks == 7)
  }

  /// The same where a root of theirs is trusted: one of them may be the root of a careless bundle.
  @Test func eightThatSignEachOtherUnderOneRoot() async throws {
    let graph = SignerGraph()
    let hubs = try graph.crossSigned(8)
    let presented = [try graph.leaf(uri: site.description)] + hubs.dropFirst()
    let verifier = try ChainVerifier(roots: [hubs[0]], trustDomain: authority.trustDomain)
    #expect(await verifier.verify(presented: presented, at: Date()).peer?.id == site)
    var search = PathSearch(
      presented: try presented.map { try Certificate(derEncoded: $0) }, roots: [try Certificate(derEncoded: hubs[0])])
    // By the root alone, and through each of the seven: all of them are one signer, which a path holds once.
    #expect(search.paths().count == 8)
    #expect(search.signatureChecks <= 8 * 8 + 8)
  }

  /// A bundle with many roots of one name and key makes as many paths, of which so many are looked at.
  @Test func twentyRootsOfOneName() async throws {
    let graph = SignerGraph()
    let roots = try graph.crossSigned(20)
    let leaf = try graph.leaf(uri: site.description)
    var search = PathSearch(
      presented: [try Certificate(derEncoded: leaf)], roots: try roots.map { try Certificate(derEncoded: $0) })
    #expect(search.paths().count == PathSearch.mostPaths)
    let verifier = try ChainVerifier(roots: roots, trustDomain: authority.trustDomain)
    #expect(await verifier.verify(presented: [leaf], at: Date()).peer?.id == site)
  }

  // MARK: Time

  /// A certificate is valid through the whole of its last second (RFC 5280 §4.1.2.5), and not a moment before its first.
  @Test func theLastSecond() async throws {
    let issued = try authority.issue(site, lifetime: .seconds(60))
    let presented = issued.chain
    #expect(await verifier.verify(presented: presented, at: issued.notAfter + 0.9).peer?.id == site)
    #expect(await verifier.verify(presented: presented, at: issued.notAfter + 1).rejection?.rule == "expired")
    let first = try Certificate(derEncoded: presented[0]).notValidBefore
    #expect(await verifier.verify(presented: presented, at: first).rejection?.rule != "not_yet_valid")
    #expect(await verifier.verify(presented: presented, at: first - 0.1).rejection?.rule == "not_yet_valid")
  }

  // MARK: Signers

  /// A certificate of version 1 has no extensions by which it could be an authority; one that has them nevertheless is none.
  @Test func signerOfAnOldVersion() throws {
    let key = P256.Signing.PrivateKey()
    let name = try DistinguishedName { CommonName("old") }
    for version in [Certificate.Version.v1, .v3] {
      let signer = try Certificate(
        version: version, serialNumber: Certificate.SerialNumber(bytes: [1]),
        publicKey: Certificate.PublicKey(key.publicKey), notValidBefore: Date(), notValidAfter: Date() + 60,
        issuer: name,
        subject: name, signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
          Critical(KeyUsage(keyCertSign: true))
        }, issuerPrivateKey: Certificate.PrivateKey(key))
      #expect(
        SigningCertificateRules.flaw(of: signer, in: authority.trustDomain) == (version == .v1 ? .oldVersion : nil))
    }
  }

  // MARK: Bundles

  @Test func bundleWithoutRoots() {
    #expect(throws: IdentityError.self) { try ChainVerifier(roots: [], trustDomain: authority.trustDomain) }
  }

  /// A leaf cannot be made its own root.
  @Test func leafAsRoot() throws {
    let leaf = try authority.issue(site).chain[0]
    #expect(throws: IdentityError.self) { try ChainVerifier(roots: [leaf], trustDomain: authority.trustDomain) }
  }
}
