import Foundation
import GRPCCore
import NIOSSL
import TacetMesh
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity

/// A connection that is open is cut within five seconds of its peer's revocation or expiry, whatever it is doing.
@Suite(.serialized) struct ConnectionCutTests {
  /// What becomes of a peer.
  enum End: CaseIterable, CustomTestStringConvertible {
    case revoked, expired, listOutOfDate

    var testDescription: String { "\(self)" }

    var reason: RefusalReason {
      switch self {
      case .revoked: .revoked
      case .expired: .expired
      case .listOutOfDate: .certificate
      }
    }
  }

  private let mesh: TestMesh
  private let codec: MessageCodec
  private let register = RevocationRegister()
  private let clock = TestClock()
  /// The promise.
  private let promise = Duration.seconds(5)

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
    register.replace(with: [try mesh.list()])
  }

  /// Brings about the end of a peer whose certificate lives for an hour.
  private func bring(_ end: End, to serial: SerialNumber) throws {
    switch end {
    case .revoked: register.replace(with: [try mesh.list(revoking: [serial], number: 2)])
    case .expired: clock.advance(by: .seconds(3600 + 60))
    case .listOutOfDate:
      // A list that lives for a minute less than the certificates.
      register.replace(with: [try mesh.list(number: 2, lives: 3500)])
      clock.advance(by: .seconds(3550))
    }
  }

  private func server() throws -> MeshIdentity {
    try mesh.identity("gateway/g1", lifetime: .seconds(86400), clock: clock, revocations: register)
  }

  /// Waits until the connection is gone on both sides, and counted once.
  private func expectCut(
    _ end: End, since start: ContinuousClock.Instant, refusals: RefusalLog, _ isGone: () -> Bool
  ) async {
    #expect(await eventually { isGone() && refusals.snapshot.total > 0 })
    let elapsed = ContinuousClock.now - start
    #expect(elapsed < promise, "cut after \(elapsed)")
    #expect(refusals.snapshot.count == [end.reason: 1])
  }

  @Test(arguments: End.allCases) func anIdleLink(_ end: End) async throws {
    let peer = try mesh.issue("camera/site-1")
    defer { try? FileManager.default.removeItem(at: peer.folder) }
    let chain = try NIOSSLCertificate.fromPEMFile(peer.folder.appending(path: "cert.pem").path)
    let codec = codec
    try await withLinkServer(try server(), codec: codec) { server, address in
      try await RawClient.connect(to: address, chain: chain, key: peer.folder.appending(path: "key.pem")) { client in
        try await client.write(codec.encode(Message(kind: .cover, id: 7)))
        #expect(try await client.read(frames: 1, of: 1024).count == 1)
        try await Task.sleep(for: .milliseconds(1500))
        #expect(client.isOpen && server.openConnections == 1)
        let start = ContinuousClock.now
        try bring(end, to: peer.serial)
        await expectCut(end, since: start, refusals: server.refusals) {
          !client.isOpen && server.openConnections == 0
        }
      }
    }
  }

  /// Who does not hear the good-bye is gone all the same.
  @Test func aPeerThatDoesNotListen() async throws {
    let peer = try mesh.issue("camera/site-1")
    defer { try? FileManager.default.removeItem(at: peer.folder) }
    let chain = try NIOSSLCertificate.fromPEMFile(peer.folder.appending(path: "cert.pem").path)
    let codec = codec
    try await withLinkServer(try server(), codec: codec) { server, address in
      try await RawClient.connect(to: address, chain: chain, key: peer.folder.appending(path: "key.pem")) { client in
        try await client.write(codec.encode(Message(kind: .cover)))
        #expect(try await client.read(frames: 1, of: 1024).count == 1)
        try await client.stopReading()
        let start = ContinuousClock.now
        try bring(.revoked, to: peer.serial)
        await expectCut(.revoked, since: start, refusals: server.refusals) { server.openConnections == 0 }
      }
    }
  }

  /// A root that is taken out of the bundle takes those with it whom it vouched for.
  @Test func aRootThatIsTrustedNoLonger() async throws {
    let peer = try mesh.issue("camera/site-1")
    defer { try? FileManager.default.removeItem(at: peer.folder) }
    let chain = try NIOSSLCertificate.fromPEMFile(peer.folder.appending(path: "cert.pem").path)
    let codec = codec
    let identity = try server()
    try await withLinkServer(identity, codec: codec) { server, address in
      try await RawClient.connect(to: address, chain: chain, key: peer.folder.appending(path: "key.pem")) { client in
        try await client.write(codec.encode(Message(kind: .cover)))
        #expect(try await client.read(frames: 1, of: 1024).count == 1)
        let other = try TestMesh("mesh.example").svid("ca/roots").roots
        let both = try ChainVerifier(roots: peer.svid.roots + other, trustDomain: mesh.trustDomain)
        identity.replace(svid: identity.svid, verifier: both)
        try await Task.sleep(for: .seconds(2))
        #expect(client.isOpen)
        let start = ContinuousClock.now
        identity.replace(
          svid: identity.svid, verifier: try ChainVerifier(roots: other, trustDomain: mesh.trustDomain))
        await expectCut(.listOutOfDate, since: start, refusals: server.refusals) { !client.isOpen }
      }
    }
  }

  /// Requests keep coming, and one is being answered when the end comes: nothing more is let in, and no answer goes out.
  @Test(arguments: End.allCases) func aBusyLink(_ end: End) async throws {
    let peer = try mesh.issue("camera/site-1")
    defer { try? FileManager.default.removeItem(at: peer.folder) }
    let chain = try NIOSSLCertificate.fromPEMFile(peer.folder.appending(path: "cert.pem").path)
    let codec = codec
    let door = TestDoor(delay: .milliseconds(50))
    try await withLinkServer(try server(), door: door, codec: codec) { server, address in
      try await RawClient.connect(to: address, chain: chain, key: peer.folder.appending(path: "key.pem")) { client in
        let frame = try codec.encode(Message(kind: .cover))
        let flood = Task {
          while !Task.isCancelled, client.isOpen {
            try? await client.write(frame)
            try? await Task.sleep(for: .milliseconds(2))
          }
        }
        defer { flood.cancel() }
        #expect(await eventually { door.requests.count > 50 })
        let start = ContinuousClock.now
        try bring(end, to: peer.serial)
        await expectCut(end, since: start, refusals: server.refusals) {
          !client.isOpen && server.openConnections == 0
        }
        let asked = door.requests.count
        try await Task.sleep(for: .milliseconds(300))
        #expect(door.requests.count == asked)
      }
    }
  }

  /// The asking side cuts too: an idle link to a server that is not to be trusted any longer.
  @Test(arguments: End.allCases) func anIdleLinkByItsClient(_ end: End) async throws {
    let issued = try mesh.issue("gateway/g1")
    defer { try? FileManager.default.removeItem(at: issued.folder) }
    let patient = MeshIdentity(
      svid: issued.svid, verifier: try ChainVerifier(roots: issued.svid.roots, trustDomain: mesh.trustDomain))
    try await withLinkServer(patient, codec: codec) { server, address in
      let refusals = RefusalLog()
      let client = try LinkClient(
        identity: mesh.identity("camera/site-1", lifetime: .seconds(86400), clock: clock, revocations: register),
        codec: codec, address: address, expecting: mesh.id("gateway/g1"), refusals: refusals)
      #expect(await failure(of: client) == nil)
      let start = ContinuousClock.now
      try bring(end, to: issued.serial)
      #expect(await eventually { refusals.snapshot.total > 0 && server.openConnections == 0 })
      let elapsed = ContinuousClock.now - start
      #expect(elapsed < promise, "cut after \(elapsed)")
      #expect(refusals.snapshot.count == [end.reason: 1])
      guard case .peerRefused = await failure(of: client) else {
        Issue.record("the peer is spoken to again")
        return
      }
      await client.close()
    }
  }

  /// A call that has sent one tensor and says nothing more.
  @Test(arguments: End.allCases) func anOpenGRPCStream(_ end: End) async throws {
    let peer = try mesh.issue("gateway/reader")
    defer { try? FileManager.default.removeItem(at: peer.folder) }
    let door = TestDoor()
    try await withGRPCDoor(try server(), door: door, codec: codec) { server, address in
      try await withInferenceClient(address, peer.folder) { client in
        let cover = try codec.tensor(Message(kind: .cover))
        let call = Task {
          try await client.encode { writer in
            try await writer.write(cover)
            try await Task.sleep(for: .seconds(60))
          }
        }
        #expect(await eventually { door.requests.count == 1 })
        try await Task.sleep(for: .milliseconds(1200))
        #expect(server.refusals.snapshot.total == 0)
        let start = ContinuousClock.now
        try bring(end, to: peer.serial)
        await #expect(throws: RPCError.self) { _ = try await call.value }
        let elapsed = ContinuousClock.now - start
        #expect(elapsed < promise, "cut after \(elapsed)")
        #expect(server.refusals.snapshot.count[end.reason] == 1)
        #expect(door.requests.count == 1)
      }
    }
  }
}
