import Crypto
import Foundation
import TacetMesh
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity

/// What a link tells of the certificates at its address.
@Suite(.serialized) struct PeerNewsTests {
  private let mesh: TestMesh
  private let codec: MessageCodec
  private let register = RevocationRegister()

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
    register.replace(with: [try mesh.list()])
  }

  private func client(to address: Endpoint, expecting path: String = "gateway/g1") throws -> LinkClient {
    try LinkClient(
      identity: mesh.identity("camera/site-1", revocations: register), codec: codec, address: address,
      expecting: mesh.id(path))
  }

  @Test func whoWasMetAndWhoIssuedItsCertificate() async throws {
    try await withLinkServer(mesh, codec: codec) { _, address in
      let client = try client(to: address)
      _ = try await client.exchange(Message(kind: .cover), timeout: .seconds(5))
      let news = client.news.take()
      let key = mesh.authority.issuer.certificate.publicKey.subjectPublicKeyInfoBytes
      let digest = SHA256.hash(data: key).map { String(format: "%02x", $0) }.joined()
      #expect(news.met?.id == (try mesh.id("gateway/g1")) && news.met?.issuerKeyDigest == digest)
      #expect(news.revoked == nil && news.refused == nil)
      #expect(client.news.take().met == nil, "told twice")
      await client.close()
    }
  }

  /// Revoked while it was in use: that says something of the peer.
  @Test func aCertificateThatIsRevokedInUse() async throws {
    let peer = try mesh.issue("gateway/g1")
    defer { try? FileManager.default.removeItem(at: peer.folder) }
    let verifier = try ChainVerifier(roots: peer.svid.roots, trustDomain: mesh.trustDomain)
    try await withLinkServer(MeshIdentity(svid: peer.svid, verifier: verifier), codec: codec) { _, address in
      let client = try client(to: address)
      _ = try await client.exchange(Message(kind: .cover), timeout: .seconds(5))
      let serial = client.news.take().met?.serial
      register.replace(with: [try mesh.list(revoking: [peer.serial], number: 2)])
      #expect(await failure(of: client) != nil)
      #expect(client.news.take().revoked == serial && serial != nil)
      // A new handshake with it says no more than that the peer is not there: anybody who has that key could be.
      #expect(await failure(of: client) != nil)
      let later = client.news.take()
      #expect(later.met == nil && later.revoked == nil && later.refused?.contains("revoked") == true)
      await client.close()
    }
  }

  @Test func somebodyElseAtTheAddress() async throws {
    try await withLinkServer(mesh, codec: codec) { _, address in
      let client = try client(to: address, expecting: "gateway/g2")
      #expect(await failure(of: client) != nil)
      let news = client.news.take()
      #expect(news.met == nil && news.revoked == nil && news.refused?.contains("gateway/g1") == true)
      await client.close()
    }
  }
}
