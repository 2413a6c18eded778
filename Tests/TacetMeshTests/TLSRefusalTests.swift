import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

/// Who is not let in, and why.
@Suite struct TLSRefusalTests {
  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
  }

  private func client(
    _ identity: MeshIdentity, _ address: Endpoint, expecting path: String = "gateway/g1"
  ) throws -> LinkClient {
    try LinkClient(identity: identity, codec: codec, address: address, expecting: mesh.id(path))
  }

  /// The client's identity is refused by the server, the door is never asked and the refusal is counted.
  private func expectRefusal(
    _ reason: RefusalReason, serverClock: TestClock = TestClock(),
    client identity: (TestMesh) throws -> MeshIdentity
  ) async throws -> String? {
    let door = TestDoor()
    return try await withLinkServer(mesh, door: door, codec: codec, clock: serverClock) { server, address in
      let client = try client(identity(mesh), address)
      guard case .handshakeFailed = await failure(of: client) else {
        Issue.record("expected handshakeFailed")
        return nil
      }
      await client.close()
      // The client hears of it before the server has written it down.
      #expect(await eventually { server.refusals.snapshot.total > 0 })
      #expect(server.refusals.snapshot.count == [reason: 1])
      #expect(door.requests.isEmpty)
      return server.refusals.snapshot.last?.detail
    }
  }

  @Test func aClientOfAnotherCA() async throws {
    let stranger = try TestMesh("mesh.example")
    let detail = try await expectRefusal(.certificate) { try stranger.identity("camera/site-1", trusting: $0) }
    #expect(detail != nil)
  }

  @Test func aClientOfAnotherTrustDomain() async throws {
    let stranger = try TestMesh("other.example")
    _ = try await expectRefusal(.certificate) { try stranger.identity("camera/site-1", trusting: $0) }
  }

  @Test func aClientWhoseCertificateHasExpired() async throws {
    let clock = TestClock()
    clock.advance(by: .seconds(600))
    let detail = try await expectRefusal(.certificate, serverClock: clock) {
      try $0.identity("camera/site-1", lifetime: .seconds(300))
    }
    #expect(detail?.contains("expired") == true)
  }

  @Test func aServerThatIsNotTheOneExpected() async throws {
    try await withLinkServer(mesh, codec: codec) { _, address in
      let client = try client(mesh.identity("camera/site-1"), address, expecting: "gateway/g2")
      guard case .peerRefused = await failure(of: client) else {
        Issue.record("expected peerRefused")
        return
      }
      await client.close()
    }
  }

  @Test func aServerOfAnotherCA() async throws {
    let stranger = try TestMesh("mesh.example")
    try await withLinkServer(mesh, codec: codec) { _, address in
      let client = try client(mesh.identity("camera/site-1", trusting: stranger), address)
      guard case .peerRefused = await failure(of: client) else {
        Issue.record("expected peerRefused")
        return
      }
      await client.close()
    }
  }

  @Test func aPeerWhoseCertificateExpiresWhileConnectedIsCutAtItsNextCall() async throws {
    let clock = TestClock()
    let door = TestDoor()
    try await withLinkServer(mesh, door: door, codec: codec, clock: clock) { server, address in
      let client = try client(mesh.identity("camera/site-1", lifetime: .seconds(300)), address)
      #expect(await failure(of: client) == nil)
      clock.advance(by: .seconds(600))
      #expect(await failure(of: client) != nil)
      #expect(await eventually { server.refusals.snapshot.count[.expired] == 1 })
      #expect(door.requests.count == 1)
      await client.close()
    }
  }

  @Test func aServerWhoseCertificateExpiresWhileConnectedIsNotAskedAgain() async throws {
    let clock = TestClock()
    let door = TestDoor()
    try await withLinkServer(mesh, door: door, codec: codec) { _, address in
      let client = try client(mesh.identity("camera/site-1", clock: clock), address)
      #expect(await failure(of: client) == nil)
      clock.advance(by: .seconds(7200))
      #expect(await failure(of: client) == .peerExpired(address))
      #expect(door.requests.count == 1)
      await client.close()
    }
  }

  /// A chain of 99 certificates is refused by their number, before anything is verified.
  @Test func aVeryLongChain() async throws {
    let files = try mesh.files("camera/site-1")
    defer { try? FileManager.default.removeItem(at: files) }
    let own = try NIOSSLCertificate.fromPEMFile(files.appending(path: "cert.pem").path)
    var chain = [own[0]]
    for _ in 0..<98 { chain.append(own[1]) }
    try await withLinkServer(mesh, codec: codec) { server, address in
      let start = ContinuousClock.now
      try await RawClient.connect(to: address, chain: chain, key: files.appending(path: "key.pem")) { _ in
        #expect(await eventually { server.refusals.snapshot.total == 1 })
      }
      #expect(ContinuousClock.now - start < .seconds(45))
      #expect(server.refusals.snapshot.count == [.certificate: 1])
      #expect(server.refusals.snapshot.last?.detail.contains("99") == true)
    }
  }

  @Test func garbageFramesAreAnsweredAndTheConnectionStays() async throws {
    let files = try mesh.files("camera/site-1")
    defer { try? FileManager.default.removeItem(at: files) }
    let chain = try NIOSSLCertificate.fromPEMFile(files.appending(path: "cert.pem").path)
    let codec = codec
    try await withLinkServer(mesh, codec: codec) { server, address in
      try await RawClient.connect(to: address, chain: chain, key: files.appending(path: "key.pem")) { client in
        try await client.write([UInt8](repeating: 0xFF, count: 1024))
        try await client.write(codec.encode(Message(kind: .cover).answer(.ok)))
        try await client.write(codec.encode(Message(kind: .cover, id: 42)))
        let answers = try await client.read(frames: 3, of: 1024).map { try codec.decode($0) }
        #expect(answers.filter { $0.status == .malformed }.count == 2)
        #expect(answers.filter { $0.status == .ok }.map(\.id) == [42])
      }
      #expect(server.refusals.snapshot.total == 0)
    }
  }

  @Test func halfAFrameIsCutInTime() async throws {
    let files = try mesh.files("camera/site-1")
    defer { try? FileManager.default.removeItem(at: files) }
    let chain = try NIOSSLCertificate.fromPEMFile(files.appending(path: "cert.pem").path)
    var limits = TransportLimits()
    limits.frame = .milliseconds(200)
    try await withLinkServer(mesh, codec: codec, limits: limits) { server, address in
      try await RawClient.connect(to: address, chain: chain, key: files.appending(path: "key.pem")) { client in
        try await client.write([UInt8](repeating: 1, count: 1023))
        #expect(await eventually { server.refusals.snapshot.total > 0 })
        #expect(server.refusals.snapshot.count == [.frameTimeout: 1])
        #expect(await eventually { !client.isOpen })
      }
    }
  }

  @Test func aHandshakeThatDoesNotComeIsCutInTime() async throws {
    var limits = TransportLimits()
    limits.handshake = .milliseconds(200)
    try await withLinkServer(mesh, codec: codec, limits: limits) { server, address in
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: address.host, port: address.port).get()
      #expect(await eventually { server.refusals.snapshot.count[.handshakeTimeout] == 1 })
      #expect(await eventually { !channel.isActive })
      try? await channel.close()
    }
  }

  @Test func oneConnectionTooManyIsClosed() async throws {
    var limits = TransportLimits()
    limits.connections = 2
    try await withLinkServer(mesh, codec: codec, limits: limits) { server, address in
      let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      var channels: [any Channel] = []
      for _ in 0..<3 {
        channels.append(try await bootstrap.connect(host: address.host, port: address.port).get())
      }
      #expect(await eventually { server.refusals.snapshot.count[.tooManyConnections] == 1 })
      #expect(await eventually { channels.filter(\.isActive).count == 2 })
      for channel in channels { try? await channel.close() }
      let client = try client(mesh.identity("camera/site-1"), address)
      var answered = false
      for _ in 0..<20 where !answered { answered = await failure(of: client) == nil }
      #expect(answered)
      await client.close()
    }
  }
}
