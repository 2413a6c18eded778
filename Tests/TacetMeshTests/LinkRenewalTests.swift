import Foundation
import Synchronization
import TacetMesh
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity

/// Certificates of seconds, replaced on both sides while links are busy: nothing that is asked is lost.
@Suite(.serialized) struct LinkRenewalTests {
  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
  }

  private func issue(_ path: String, _ seconds: Int) throws -> (svid: SVID, serial: SerialNumber) {
    let issued = try mesh.issue(path, lifetime: .seconds(seconds))
    try FileManager.default.removeItem(at: issued.folder)
    return (issued.svid, issued.serial)
  }

  private func identity(_ path: String, _ seconds: Int) throws -> MeshIdentity {
    let svid = try issue(path, seconds).svid
    return MeshIdentity(svid: svid, verifier: try ChainVerifier(roots: svid.roots, trustDomain: mesh.trustDomain))
  }

  /// Keeps so many exchanges in flight until it is cancelled.
  private func load(_ client: LinkClient, inFlight: Int) async -> (done: Int, failures: [TransportError]) {
    await withTaskGroup(of: (Int, [TransportError]).self) { group in
      for _ in 0..<inFlight {
        group.addTask {
          var (done, failures) = (0, [TransportError]())
          while !Task.isCancelled {
            if let error = await failure(of: client, timeout: .seconds(10)) {
              if !Task.isCancelled { failures.append(error) }
            } else {
              done += 1
            }
          }
          return (done, failures)
        }
      }
      return await group.reduce(into: (0, [])) { $0 = ($0.0 + $1.0, $0.1 + $1.1) }
    }
  }

  @Test func noExchangeIsLostWhenCertificatesAreReplaced() async throws {
    let lifetime = 10
    let gateway = try identity("gateway/g1", lifetime)
    let camera = try identity("camera/site-1", lifetime)
    let door = TestDoor(delay: .milliseconds(5))
    try await withLinkServer(gateway, door: door, codec: codec) { server, address in
      let client = try LinkClient(
        identity: camera, codec: codec, address: address, expecting: mesh.id("gateway/g1"))
      let busy = Task { await load(client, inFlight: 64) }
      var last: SerialNumber?
      // Each side in its turn, each at half of its life: 25 s, in which every certificate expires.
      for renewal in 1...10 {
        try await Task.sleep(for: .milliseconds(2500))
        let identity = renewal.isMultiple(of: 2) ? gateway : camera
        let renewed = try issue(identity.svid.id.path, lifetime)
        identity.replace(svid: renewed.svid, verifier: identity.verifier)
        if identity === camera { last = renewed.serial }
      }
      try await Task.sleep(for: .seconds(4))
      #expect(server.openConnections == 1, "the old connections did not close")
      busy.cancel()
      let (done, failures) = await busy.value
      await client.close()
      #expect(failures.isEmpty, "\(failures.count) of \(done) failed: \(Set(failures))")
      #expect(done > 1000)
      #expect(server.refusals.snapshot.total == 0, "\(server.refusals.snapshot.count)")
      let serials = Set(door.peers.map(\.serial))
      #expect(serials.count >= 5, "\(serials.count) certificates of the client were seen")
      #expect(door.peers.last.flatMap { SerialNumber(hexadecimal: $0.serial) } == last)
    }
  }

  /// A successor that the peer does not accept takes nothing over: the old connection goes on.
  @Test func aCertificateThatThePeerRefusesTakesNothingOver() async throws {
    let camera = try identity("camera/site-1", 3600)
    let stranger = try TestMesh("mesh.example")
    let door = TestDoor(delay: .milliseconds(5))
    try await withLinkServer(try identity("gateway/g1", 3600), door: door, codec: codec) { server, address in
      let client = try LinkClient(
        identity: camera, codec: codec, address: address, expecting: mesh.id("gateway/g1"))
      let busy = Task { await load(client, inFlight: 8) }
      #expect(await eventually { door.requests.count > 10 })
      camera.replace(svid: try stranger.svid("camera/site-1"), verifier: camera.verifier)
      #expect(await eventually { server.refusals.snapshot.count[.certificate] ?? 0 > 1 })
      busy.cancel()
      let (done, failures) = await busy.value
      await client.close()
      #expect(failures.isEmpty && done > 10, "\(Set(failures))")
      #expect(Set(door.peers.map(\.serial)).count == 1)
    }
  }

  /// New connections of the gRPC door and the link are shown the new certificate at once.
  @Test func aServerShowsItsNewCertificateToTheNext() async throws {
    let gateway = try identity("gateway/g1", 3600)
    let renewed = try issue("gateway/g1", 3600).svid
    try await withLinkServer(gateway, codec: codec) { _, address in
      for expected in [gateway.svid, renewed] {
        gateway.replace(svid: expected, verifier: gateway.verifier)
        let seen = try await OpenSSL.connect(address, ["-alpn", "tacet/1", "-showcerts"]) { true }
        let leaf = try #require(expected.chain.first)
        let base64 = Data(leaf).base64EncodedString()
        #expect(seen.filter { !$0.isNewline }.contains(base64))
      }
    }
  }
}
