import Crypto
import Foundation
import IdentityFixtures
import NIOSSL
import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

/// The chains of `Fixtures/identity`, presented to a running door: each bad one is refused for its own rule.
@Suite(.serialized) struct HandshakeFixtureTests {
  private let mesh: TestMesh
  private let codec: MessageCodec
  private let fixtures: IdentityFixtures
  private let key: URL

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
    fixtures = try IdentityFixtures.load()
    let leafKey = try P256.Signing.PrivateKey(
      rawRepresentation: Data(SHA256.hash(data: Data(IdentityFixtures.leafKeyWord.utf8))))
    key = FileManager.default.temporaryDirectory.appending(path: "tacet-key-\(UUID().uuidString)")
    try Data(leafKey.pemRepresentation.utf8).write(to: key)
  }

  private func verifier(for example: IdentityFixtures.Case) throws -> ChainVerifier {
    let lists = try example.listFile.map { try RevocationList.lists(contentsOf: $0) }
    return try ChainVerifier(
      roots: CertificateFile.trusted(example.rootsFile), trustDomain: mesh.trustDomain,
      revocations: lists.map { RevocationRegister(lists: $0, requirement: .leaf) })
  }

  @Test(arguments: try IdentityFixtures.load().cases.filter(\.handshake))
  func handshake(_ example: IdentityFixtures.Case) async throws {
    defer { try? FileManager.default.removeItem(at: key) }
    let now = try fixtures.date()
    let identity = MeshIdentity(svid: try mesh.svid("gateway/g1"), verifier: try verifier(for: example)) { now }
    let door = TestDoor()
    let codec = codec
    let chain = try NIOSSLCertificate.fromPEMFile(example.chainFile.path)
    try await withLinkServer(identity, door: door, codec: codec) { server, address in
      guard let rule = example.rule else {
        try await RawClient.connect(to: address, chain: chain, key: key) { client in
          try await client.write(codec.encode(Message(kind: .cover, id: 7)))
          #expect(try await client.read(frames: 1, of: 1024).map { try codec.decode($0).id } == [7])
        }
        #expect(door.peers.map(\.id.description) == [fixtures.spiffeId])
        return
      }
      // The door may have closed before the client is done with opening.
      try? await RawClient.connect(to: address, chain: chain, key: key) { _ in
        #expect(await eventually { server.refusals.snapshot.total > 0 })
      }
      #expect(await eventually { server.refusals.snapshot.total > 0 })
      #expect(server.refusals.snapshot.count == [.certificate: 1])
      try await expect(rule, of: chain, by: identity, at: now, written: server.refusals.snapshot.last?.detail ?? "")
      #expect(door.requests.isEmpty)
    }
  }

  @Test(arguments: try IdentityFixtures.load().cases.filter(\.handshake))
  func handshakeAtTheGRPCDoor(_ example: IdentityFixtures.Case) async throws {
    defer { try? FileManager.default.removeItem(at: key) }
    let now = try fixtures.date()
    let identity = MeshIdentity(svid: try mesh.svid("gateway/g1"), verifier: try verifier(for: example), now: { now })
    let chain = try NIOSSLCertificate.fromPEMFile(example.chainFile.path)
    try await withGRPCDoor(identity, codec: codec) { server, address in
      guard let rule = example.rule else {
        try await RawClient.connect(to: address, chain: chain, key: key, applicationProtocol: "h2") { client in
          // The preface of HTTP/2 and empty settings; the door's own come back.
          try await client.write(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
          #expect(await eventually { client.bytesReceived >= 9 })
        }
        #expect(server.refusals.snapshot.total == 0)
        return
      }
      try? await RawClient.connect(to: address, chain: chain, key: key, applicationProtocol: "h2") { _ in
        #expect(await eventually { server.refusals.snapshot.total > 0 })
      }
      #expect(await eventually { server.refusals.snapshot.total > 0 })
      #expect(server.refusals.snapshot.count == [.certificate: 1])
      try await expect(rule, of: chain, by: identity, at: now, written: server.refusals.snapshot.last?.detail ?? "")
    }
  }

  /// The same chains shown by a server to our client.
  @Test(arguments: try IdentityFixtures.load().cases.filter(\.handshake))
  func handshakeByAServer(_ example: IdentityFixtures.Case) async throws {
    defer { try? FileManager.default.removeItem(at: key) }
    let now = try fixtures.date()
    let identity = MeshIdentity(
      svid: try mesh.svid("controller/c1"), verifier: try verifier(for: example), now: { now })
    let chain = try NIOSSLCertificate.fromPEMFile(example.chainFile.path)
    let server = try await RawServer(chain: chain, key: key)
    let client = try LinkClient(
      identity: identity, codec: codec, address: server.address, expecting: SPIFFEID(uri: fixtures.spiffeId))
    let result = await failure(of: client, timeout: .seconds(example.rule == nil ? 1 : 20))
    await client.close()
    try await server.close()
    switch (example.rule, result) {
    case (nil, .timedOut): #expect(server.bytesReceived == 1024, "the request did not arrive")
    case (let rule?, .peerRefused(_, let rejection)):
      #expect(rejection.rule == rule)
      #expect(server.bytesReceived == 0)
    default: Issue.record("\(String(describing: result))")
    }
  }

  /// What the door wrote down is what the verification says of the chain, and that is the rule.
  private func expect(
    _ rule: String, of chain: [NIOSSLCertificate], by identity: MeshIdentity, at date: Date, written detail: String
  ) async throws {
    let presented = try chain.map { try $0.toDERBytes() }
    guard case .refused(let rejection) = await identity.verifier.verify(presented: presented, at: date) else {
      Issue.record("refused by the door alone: \(detail)")
      return
    }
    #expect(rejection.rule == rule)
    #expect(detail.contains(rejection.description), "\(detail)")
  }
}
