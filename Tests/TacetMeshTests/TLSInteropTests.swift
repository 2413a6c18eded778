import Foundation
import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

/// The link's TLS as another implementation sees it.
@Suite(.enabled(if: OpenSSL.isInstalled)) struct TLSInteropTests {
  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
  }

  private func identityArguments(_ files: URL) -> [String] {
    let path = { (name: String) in files.appending(path: name).path }
    return ["-cert", path("cert.pem"), "-cert_chain", path("cert.pem"), "-key", path("key.pem")]
  }

  private func expectRefusal(
    _ reason: RefusalReason, _ arguments: [String], presentsCertificate: Bool = true
  ) async throws {
    let files = try mesh.files("camera/site-1")
    defer { try? FileManager.default.removeItem(at: files) }
    let door = TestDoor()
    try await withLinkServer(mesh, door: door, codec: codec) { server, address in
      let all = arguments + (presentsCertificate ? identityArguments(files) : [])
      _ = try await OpenSSL.connect(address, all) { server.refusals.snapshot.total == 1 }
      #expect(server.refusals.snapshot.count == [reason: 1])
    }
  }

  @Test func noClientCertificate() async throws {
    try await expectRefusal(.noCertificate, ["-alpn", "tacet/1"], presentsCertificate: false)
  }

  @Test func anOlderVersionOfTLS() async throws {
    try await expectRefusal(.tlsVersion, ["-alpn", "tacet/1", "-tls1_2"])
  }

  @Test func noApplicationProtocol() async throws {
    try await expectRefusal(.applicationProtocol, [])
  }

  @Test(arguments: ["h2", "tacet/2", "http/1.1"])
  func anotherApplicationProtocol(name: String) async throws {
    try await expectRefusal(.applicationProtocol, ["-alpn", name])
  }

  @Test func whatIsAcceptedIsTLS13WithAClientCertificate() async throws {
    let files = try mesh.files("camera/site-1")
    defer { try? FileManager.default.removeItem(at: files) }
    try await withLinkServer(mesh, codec: codec) { server, address in
      let seen = try await OpenSSL.connect(
        address, ["-alpn", "tacet/1"] + identityArguments(files), send: 1024
      ) { server.meter.snapshot.sent.frames == 1 }
      #expect(server.meter.snapshot.sent.frames == 1)
      #expect(seen.contains("New, TLSv1.3"))
      #expect(seen.contains("ALPN protocol: tacet/1"))
      #expect(server.refusals.snapshot.total == 0)
    }
  }

  /// Where the policy demands it, only the post-quantum key exchange is spoken; OpenSSL 3.0 does not know it.
  @Test(arguments: [true, false]) func postQuantumAlone(isRequired: Bool) async throws {
    let files = try mesh.files("camera/site-1")
    defer { try? FileManager.default.removeItem(at: files) }
    try await withLinkServer(mesh.identity("gateway/g1", requiresPostQuantum: isRequired), codec: codec) {
      server, address in
      let arguments = ["-alpn", "tacet/1", "-groups", "X25519"] + identityArguments(files)
      _ = try await OpenSSL.connect(address, arguments, send: 1024) {
        server.meter.snapshot.sent.frames + server.refusals.snapshot.total == 1
      }
      #expect(server.meter.snapshot.sent.frames == (isRequired ? 0 : 1))
      #expect(server.refusals.snapshot.count == (isRequired ? [.handshake: 1] : [:]))
      let client = try LinkClient(
        identity: mesh.identity("camera/site-1", requiresPostQuantum: isRequired), codec: codec, address: address,
        expecting: mesh.id("gateway/g1"))
      #expect(await failure(of: client) == nil)
      await client.close()
    }
  }

  /// A session saved from one connection is worth nothing on the next: the handshake is a full one, and a certificate
  /// that has expired since is refused although the session was offered.
  @Test func aSessionIsNotResumed() async throws {
    let files = try mesh.files("camera/site-1", lifetime: .seconds(300))
    defer { try? FileManager.default.removeItem(at: files) }
    let session = files.appending(path: "session").path
    let clock = TestClock()
    let arguments = ["-alpn", "tacet/1"] + identityArguments(files)
    try await withLinkServer(mesh, codec: codec, clock: clock) { server, address in
      // One frame, so that an answer comes and with it the tickets.
      let first = try await OpenSSL.connect(address, ["-sess_out", session] + arguments, send: 1024) {
        server.meter.snapshot.sent.frames == 1 && FileManager.default.fileExists(atPath: session)
      }
      #expect(first.contains("New, TLSv1.3"))
      #expect(FileManager.default.fileExists(atPath: session), "no ticket came, so resumption was not tried")
      let second = try await OpenSSL.connect(address, ["-sess_in", session] + arguments, send: 1024) {
        server.meter.snapshot.sent.frames == 2
      }
      #expect(second.contains("New, TLSv1.3"))
      #expect(!second.contains("Reused"))
      #expect(server.refusals.snapshot.total == 0)
      clock.advance(by: .seconds(600))
      _ = try await OpenSSL.connect(address, ["-sess_in", session] + arguments) {
        server.refusals.snapshot.total == 1
      }
      #expect(server.refusals.snapshot.count == [.certificate: 1])
    }
  }
}
