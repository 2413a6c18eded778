import Foundation
import TacetTransport
import Testing

@testable import TacetEnrolment
@testable import TacetIdentity

/// The Workload API as PyPI's `spiffe` and grpcio see it.
@Suite(.enabled(if: PythonWorkload.isInstalled, "TACET_TEST_PYTHON names no interpreter"), .timeLimit(.minutes(1)))
struct WorkloadInteropTests {
  struct Context: Decodable {
    struct Item: Decodable {
      let id: String
      let serial: String
      let chain: Int
      let key: Bool
    }

    let svids: [Item]?
    let roots: Int?
    let hints: [String]?
    let lists: Int?
    let error: String?
  }

  struct Status: Decodable {
    let method: String
    let code: String
    let details: String?
  }

  struct Token: Decodable {
    let id: String?
    let audience: [String]?
    let token: String?
    let api: String?
    let here: String?
    let other: String?
    let error: String?
  }

  // MARK: X.509

  @Test func x509SVIDsInTheOrderOfThePolicy() async throws {
    let host = try TestHost()
    try await host.serving(host.grants(TestHost.ownUID, ["controller/site-1", "camera/site-1", "camera/site-2"])) { _ in
      let said = try await PythonWorkload.run(host, ["x509"], as: Context.self)
      let svids = try #require(said.first?.svids)
      // The policy also names camera/site-2, of which this host has none.
      #expect(svids.map(\.id) == ["spiffe://mesh.example/controller/site-1", "spiffe://mesh.example/camera/site-1"])
      #expect(said.first?.hints == ["orders", ""])
      #expect(svids.allSatisfy { $0.key && $0.chain == 2 })
      #expect(said.first?.roots == 1)
    }
  }

  @Test func aRenewalIsPushed() async throws {
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      let client = try PythonWorkload(host, ["watch", "--count", "3"])
      let first = try #require(try await client.next(as: Context.self).svids?.first)
      try host.renew()
      let second = try #require(try await client.next(as: Context.self).svids?.first)
      #expect(second.id == first.id)
      #expect(second.serial != first.serial)
      #expect(second.key)
      // Another root, as at a rotation.
      let other = try CertificateAuthority.ephemeral(trustDomain: host.trustDomain)
      let roots = try TestHost.svid("camera/x", of: other, lifetime: .seconds(600)).roots
      host.identities.replace(bundle: host.bundle(roots: host.camera.svid.roots + roots))
      #expect(try await client.next(as: Context.self).roots == 2)
    }
  }

  @Test func whoLosesItsIdentityIsTold() async throws {
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      let client = try PythonWorkload(host, ["watch", "--count", "2"])
      #expect(try await client.next(as: Context.self).svids?.count == 1)
      // Somebody else's certificate in its folder.
      let other = try TestHost.svid("camera/site-2", of: host.authority, lifetime: .seconds(3600))
      host.camera.replace(svid: other, verifier: host.camera.verifier)
      let error = try await client.next(as: Context.self).error ?? ""
      #expect(error.contains("PERMISSION_DENIED"), "\(error)")
    }
  }

  // MARK: JWT

  @Test func tokensAreFetchedAndValidated() async throws {
    let host = try TestHost()
    try await host.serving(host.grants(TestHost.ownUID, ["camera/site-1", "controller/site-1"])) { _ in
      let said = try await PythonWorkload.run(host, ["jwt"], as: Token.self)
      #expect(said.map(\.id) == ["spiffe://mesh.example/camera/site-1", "spiffe://mesh.example/controller/site-1"])
      #expect(said.map(\.api) == said.map(\.id) && said.map(\.here) == said.map(\.id))
      #expect(said.allSatisfy { $0.audience == ["reader"] })
      #expect(said.allSatisfy { $0.other?.contains("for somebody else") == true })
      // Again: the tokens are still fresh.
      let one = try await PythonWorkload.run(
        host, ["jwt", "--subject", "spiffe://mesh.example/controller/site-1"], as: Token.self)
      #expect(one.map(\.token) == [said.last?.token])
      #expect(host.tokensAsked.value == 2)
      struct Claims: Decodable {
        struct Content: Decodable {
          let sub: String
          let aud: [String]
          let exp: Double
        }
        let id: String
        let claims: Content
      }
      let claims = try await PythonWorkload.run(
        host, ["claims"], input: said.first?.token ?? "", as: Claims.self)
      #expect(claims.first?.claims.sub == said.first?.id)
      #expect(claims.first?.claims.aud == ["reader"])
    }
  }

  @Test func aTokenOfAnIdentityThatIsNotTheCallersIsRefused() async throws {
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      let said = try await PythonWorkload.run(
        host, ["jwt", "--subject", "spiffe://mesh.example/controller/site-1"], as: Token.self)
      #expect(said.first?.error?.contains("no such identity") == true)
      #expect(host.tokensAsked.value == 0)
    }
  }

  @Test func bundles() async throws {
    struct Bundles: Decodable {
      let roots: Int
      let keys: [String]
    }
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      let said = try await PythonWorkload.run(host, ["bundles"], as: Bundles.self)
      #expect(said.first?.roots == 1)
      #expect(said.first?.keys == [host.tokenKey.published.id])
    }
  }

  // MARK: Who is turned away

  @Test(arguments: [[], ["workload.spiffe.io=True"], ["workload.spiffe.io=false"], ["workload.spiffe.io="]])
  func withoutTheHeaderNothingIsAnswered(_ metadata: [String]) async throws {
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      let said = try await PythonWorkload.run(host, ["raw"] + metadata.flatMap { ["--metadata", $0] }, as: Status.self)
      #expect(said.count == 5)
      #expect(said.allSatisfy { $0.code == "INVALID_ARGUMENT" }, "\(said)")
    }
  }

  @Test(.enabled(if: PythonWorkload.canBecomeOthers, "the tests do not run as root"))
  func aUserThatThePolicyDoesNotNameGetsNothing() async throws {
    let host = try TestHost()
    // The folder of a test is its user's alone.
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: host.folder.path)
    try await host.serving(host.grants()) { _ in
      let watch = try PythonWorkload(host, ["watch", "--count", "2"])
      #expect(try await watch.next(as: Context.self).svids?.count == 1)
      // Neither by itself nor by saying that it came by the connection of somebody who has an identity, which is still open.
      for forged in [[], ["--metadata", "tacet-connection=1"]] {
        let said = try await PythonWorkload.run(
          host, ["raw", "--metadata", "workload.spiffe.io=true"] + forged, uid: TestHost.otherUID, as: Status.self)
        #expect(said.count == 5)
        #expect(said.allSatisfy { $0.code == "PERMISSION_DENIED" }, "\(said)")
      }
      #expect(host.tokensAsked.value == 0)
    }
  }

  @Test(.enabled(if: PythonWorkload.canBecomeOthers, "the tests do not run as root"))
  func eachUserGetsItsOwn() async throws {
    let host = try TestHost()
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: host.folder.path)
    let grants = WorkloadGrants([
      TestHost.ownUID: [.init(id: try host.id("camera/site-1"))],
      TestHost.otherUID: [.init(id: try host.id("controller/site-1"))],
    ])
    try await host.serving(grants) { _ in
      let own = try await PythonWorkload.run(host, ["x509"], as: Context.self)
      let other = try await PythonWorkload.run(host, ["x509"], uid: TestHost.otherUID, as: Context.self)
      #expect(own.first?.svids?.map(\.id) == ["spiffe://mesh.example/camera/site-1"])
      #expect(other.first?.svids?.map(\.id) == ["spiffe://mesh.example/controller/site-1"])
    }
  }

  /// A user that the policy does not name, with more connections and calls than there is room for, keeps nobody else out.
  @Test(.enabled(if: PythonWorkload.canBecomeOthers, "the tests do not run as root"))
  func aFloodOfOneUserLeavesRoomForOthers() async throws {
    struct Flood: Decodable {
      let answered: Int
      let refused: Int
    }
    let host = try TestHost()
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: host.folder.path)
    let grants = WorkloadGrants([
      TestHost.ownUID: [.init(id: try host.id("camera/site-1"))],
      TestHost.otherUID: [.init(id: try host.id("controller/site-1"))],
    ])
    var limits = WorkloadLimits()
    limits.connections = 24
    limits.connectionsPerUser = 8
    limits.connectionsOfStrangers = 4
    limits.callsPerConnection = 4
    limits.callBurst = 20
    limits.callsPerSecond = 5
    try await host.serving(grants, limits: limits) { api in
      let known = try PythonWorkload(host, ["flood", "--count", "20", "--streams", "8"], uid: TestHost.otherUID)
      let stranger = try PythonWorkload(host, ["flood", "--count", "20", "--streams", "8"], uid: TestHost.otherUID + 1)
      let (answered, denied) = (try await known.next(as: Flood.self), try await stranger.next(as: Flood.self))
      #expect((1...32).contains(answered.answered), "\(answered)")
      #expect(denied.answered == 0, "\(denied)")
      #expect(api.watcherCount <= 32)
      let own = try await PythonWorkload.run(host, ["x509"], as: Context.self)
      #expect(own.first?.svids?.count == 1)
      try known.end()
      try stranger.end()
      // Who has gone is waited for no longer.
      var waited = 0
      while api.watcherCount > 0, waited < 100 {
        try await Task.sleep(for: .milliseconds(100))
        waited += 1
      }
      #expect(api.watcherCount == 0)
    }
  }
}
