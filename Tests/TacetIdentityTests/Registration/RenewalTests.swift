import Crypto
import Foundation
import TacetLog
import Testing
import X509

@testable import TacetIdentity

/// Renewal: what was granted, to whom it was granted, as long as the log says so.
@Suite(.serialized) struct RenewalTests {
  private let place: DeskOnDisk

  init() throws { place = try DeskOnDisk() }

  private func peer(lifetime: Duration? = nil) async throws -> PeerIdentity {
    let token = try place.token(
      dnsNames: ["a.example"], ipAddresses: ["10.0.0.1", "fe80::1"], lifetime: lifetime ?? .seconds(3600))
    let enrolled = try await place.desk.enrol(token: token, csr: DeskOnDisk.request())
    return try #require(try await place.peer(enrolled.chain))
  }

  @Test func sameGrantNewKey() async throws {
    let old = try await peer()
    let renewed = try await place.desk.renew(csr: DeskOnDisk.request(), for: old)
    let new = try #require(try await place.peer(renewed.chain))
    #expect(new.id == old.id && new.serial != old.serial)
    let names = { (peer: PeerIdentity) in try peer.path[0].extensions.subjectAlternativeNames.map(Array.init) }
    #expect(try names(new) == names(old))
    let span = { (peer: PeerIdentity) in peer.path[0].notValidAfter.timeIntervalSince(peer.path[0].notValidBefore) }
    #expect(span(new) == span(old))
    let entry = try renewed.proof.verify(key: place.desk.logKey, certificate: renewed.chain[0])
    guard case .renew(_, let serial) = entry.content else { Issue.record("no renewal"); return }
    #expect(serial == old.serial)
    #expect(try place.logHolds())
  }

  @Test func revokedByAnotherProcess() async throws {
    let old = try await peer()
    try place.authority().revoke(.id(old.id))
    #expect(await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: old) } == .revoked)
    #expect(await kind { _ = try await place.desk.jwt(audience: ["a"], for: old) } == .revoked)
  }

  @Test func expired() async throws {
    let old = try await peer(lifetime: .seconds(60))
    #expect(
      await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: old, at: Date() + 62) } == .expired)
  }

  /// With the intermediate goes what it has signed, in the log or not.
  @Test func signedByAnIntermediateThatIsRevoked() async throws {
    let old = try await peer()
    try CertificateAuthority.rotate(.intermediate, state: place.state, passphrase: place.passphrase)
    #expect(await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: old) } == nil)
    _ = try CertificateAuthority.revoke(intermediate: .number(1), state: place.state, passphrase: place.passphrase)
    #expect(await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: old) } == .revoked)
    #expect(await kind { _ = try await place.desk.jwt(audience: ["a"], for: old) } == .revoked)
    #expect(place.desk.revocation(of: old) != nil)
    let new = try await peer()
    #expect(await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: new) } == nil)
    #expect(place.desk.revocation(of: new) == nil)
  }

  @Test func theAuthorityAsksNobody() async throws {
    let own = try place.desk.serverIdentity(dnsNames: [], ipAddresses: [])
    let peer = try #require(try await place.peer(own.chain))
    #expect(await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: peer) } == .notGranted)
    #expect(await kind { _ = try await place.desk.jwt(audience: ["a"], for: peer) } == .notGranted)
  }

  @Test func aTokenDoesNotOutliveItsCertificate() async throws {
    let peer = try await peer(lifetime: .seconds(60))
    let (token, end) = try await place.desk.jwt(audience: ["a"], for: peer)
    #expect(end == peer.notAfter)
    let bundle = try TrustBundle(json: place.desk.bundle(), trustDomain: place.domain)
    #expect(try JWTSVID.verify(token, bundle: bundle, audience: "a").expiresAt == peer.notAfter)
  }

  /// Signed with the intermediate's key, and not in the log.
  @Test func notInTheLog() async throws {
    let opened = try place.authority()
    let thief = try CertificateAuthority(
      trustDomain: place.domain, roots: opened.roots, signers: opened.signers.map(\.der), key: opened.issuer.key,
      record: nil)
    let stolen = try thief.issue(place.id("site-1"))
    let peer = try #require(try await place.peer(stolen.chain))
    #expect(await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: peer) } == .notIssued)
    #expect(try place.desk.proof(fingerprint: Array(SHA256.hash(data: stolen.chain[0]))) == nil)

    let desk = place.desk
    func verdict(_ chain: [[UInt8]], _ source: @escaping @Sendable ([UInt8]) async throws -> InclusionProof?)
      async throws
      -> ChainVerdict
    {
      let requirement = LogRequirement(key: desk.logKey, proof: source)
      return await (try ChainVerifier(roots: opened.roots, trustDomain: place.domain, logged: requirement))
        .verify(presented: chain, at: Date())
    }
    let honest = try await place.enrolled()
    #expect(try await verdict(honest.chain) { try desk.proof(fingerprint: $0) }.peer?.id == honest.id)
    #expect(try await verdict(stolen.chain) { try desk.proof(fingerprint: $0) }.rejection == .notLogged(.noProof))
    #expect(try await verdict(stolen.chain) { _ in honest.proof }.rejection == .notLogged(.otherEntry))
    #expect(
      try await verdict(honest.chain) { _ in throw IdentityError(.missing, "gone") }.rejection?.rule
        == "not_logged_unavailable")
    let other = try DeskOnDisk()
    let foreign = try await other.enrolled()
    #expect(try await verdict(honest.chain) { _ in foreign.proof }.rejection?.rule == "not_logged_unproven")
  }

  @Test func nothingBeyondTheGrant() async throws {
    let old = try await peer()
    let request = try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName([RelativeDistinguishedName]()),
      privateKey: .init(P256.Signing.PrivateKey()),
      attributes: CertificateSigningRequest.Attributes([
        .init(
          ExtensionRequest(
            extensions: .init {
              SubjectAlternativeNames([.uniformResourceIdentifier("spiffe://mesh.example/gateway/g")])
            }))
      ]))
    let pem = Data(try request.serializeAsPEM().pemString.utf8)
    #expect(await kind { _ = try await place.desk.renew(csr: pem, for: old) } == .notGranted)
  }

  @Test func afterARotation() async throws {
    let old = try await peer()
    try CertificateAuthority.rotate(.root, state: place.state, passphrase: place.passphrase)
    let renewed = try await place.desk.renew(csr: DeskOnDisk.request(), for: old)
    #expect(renewed.roots.count == 2 && renewed.chain.count == 3)
    #expect(try await place.peer(renewed.chain, roots: [renewed.roots[0]]) != nil)
    #expect(try await place.peer(renewed.chain, roots: [renewed.roots[1]]) != nil)
  }

  /// A log that is put back is noticed, and nothing is served from it.
  @Test func logRolledBack() async throws {
    let file = place.state.appendingPathComponent("ca/log.jsonl")
    let before = try Data(contentsOf: file)
    _ = try await place.enrolled()
    try before.write(to: file)
    #expect(throws: IdentityError.self) { try place.desk.refresh() }
    #expect(
      await kind { _ = try await place.desk.enrol(token: place.token(), csr: DeskOnDisk.request()) } == .unavailable)
  }
}
