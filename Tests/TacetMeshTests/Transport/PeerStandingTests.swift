import Foundation
import Synchronization
import Testing

@testable import TacetIdentity
@testable import TacetTransport

/// A judgement that is kept is the one that would be made.
@Suite struct PeerStandingTests {
  private let mesh: TestMesh
  private let peer: PeerIdentity
  private let serial: SerialNumber
  private let svid: SVID
  private let clock = Clock(Date(timeIntervalSinceNow: 1))
  private let register: RevocationRegister

  init() async throws {
    mesh = try TestMesh()
    let files = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: files) }
    let issued = try mesh.issue("camera/c1", into: files)
    (serial, svid) = (issued.serial, issued.svid)
    register = RevocationRegister(lists: [try mesh.list()])
    let verifier = try ChainVerifier(roots: svid.roots, trustDomain: mesh.trustDomain, revocations: register)
    guard case .valid(let peer) = await verifier.verify(presented: svid.chain, at: clock.now.withLock { $0 }) else {
      throw IdentityError(.badInput, "the peer is not let in to begin with")
    }
    self.peer = peer
  }

  private func withIdentity(_ body: (MeshIdentity) throws -> Void) throws {
    try body(MeshIdentity(svid: svid, verifier: verifier(register), now: { [clock] in clock.now.withLock { $0 } }))
  }

  private final class Clock: Sendable {
    let now: Mutex<Date>
    init(_ date: Date) { now = Mutex(date) }
  }

  private func verifier(_ register: RevocationRegister?) throws -> ChainVerifier {
    try ChainVerifier(roots: svid.roots, trustDomain: mesh.trustDomain, revocations: register)
  }

  /// At the same instant: it is the list that changes, not the time.
  @Test func aRevocationCountsAtOnce() throws {
    try withIdentity { identity in
      var standing = PeerStanding()
      #expect(standing.review(peer, by: identity) == nil)
      #expect(standing.review(peer, by: identity) == nil)
      register.replace(with: [try mesh.list(revoking: [serial], number: 2)])
      #expect(standing.review(peer, by: identity)?.rule == "revoked")
      #expect(standing.review(peer, by: identity)?.rule == "revoked")
    }
  }

  @Test func anotherVerificationCountsAtOnce() throws {
    try withIdentity { identity in
      var standing = PeerStanding()
      #expect(standing.review(peer, by: identity) == nil)
      let revoking = RevocationRegister(lists: [try mesh.list(revoking: [serial], number: 2)])
      identity.replace(svid: svid, verifier: try verifier(revoking))
      #expect(standing.review(peer, by: identity)?.rule == "revoked")
    }
  }

  @Test func timePasses() throws {
    try withIdentity { identity in
      var standing = PeerStanding()
      #expect(standing.review(peer, by: identity) == nil)
      clock.now.withLock { $0 = peer.notAfter }
      #expect(standing.review(peer, by: identity)?.rule == "expired")
    }
  }

  /// That it is kept is the point of it.
  @Test func nothingIsJudgedTwiceInAnInstant() throws {
    try withIdentity { identity in
      var standing = PeerStanding()
      var asked = 0
      let ask = {
        asked += 1
        return peer
      }
      for _ in 0..<3 { _ = standing.review(ask(), by: identity) }
      #expect(asked == 1)
      clock.now.withLock { $0 += 0.002 }
      _ = standing.review(ask(), by: identity)
      #expect(asked == 2)
    }
  }
}
