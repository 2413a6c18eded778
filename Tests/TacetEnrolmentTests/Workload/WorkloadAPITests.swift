import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TacetTransport
import Testing

@testable import TacetEnrolment
@testable import TacetIdentity

/// The Workload API from inside: what is pushed and what not, who holds a place, how it ends.
@Suite(.timeLimit(.minutes(1))) struct WorkloadAPITests {
  private typealias Client = WorkloadSpiffeWorkloadAPI.Client<HTTP2ClientTransport.Posix>

  private func withClient<Result: Sendable>(
    _ host: TestHost, _ body: (Client) async throws -> Result
  ) async throws -> Result {
    try await withGRPCClient(
      transport: .http2NIOPosix(target: .unixDomainSocket(path: host.socket), transportSecurity: .plaintext)
    ) { try await body(Client(wrapping: $0)) }
  }

  private static let header: Metadata = [SecurityHeader.name: "true"]

  private func code(_ body: () async throws -> Void) async -> RPCError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? RPCError)?.code
    }
  }

  // MARK: What is pushed

  @Test func theKeyIsTheLeafsAndTheListsAreThere() async throws {
    let host = try TestHost()
    let list = try host.list()
    host.identities.replace(revocationLists: [list])
    try await host.serving(host.grants()) { _ in
      try await withClient(host) { client in
        try await client.fetchX509SVID(.init(), metadata: Self.header) { response in
          for try await message in response.messages {
            let key = try host.camera.svid.privateKeyDER().withUnsafeBytes { Data($0) }
            #expect(message.svids.map(\.x509SvidKey) == [key])
            #expect(message.svids.map(\.x509Svid) == [Data(host.camera.svid.chain.joined())])
            #expect(message.svids.map(\.bundle) == [Data(host.camera.svid.roots.joined())])
            #expect(message.crl == [Data(list.der)])
            #expect(message.federatedBundles.isEmpty)
            return
          }
        }
      }
    }
  }

  /// Renewing one identity tells nothing to those who have another, and saying the same again tells nobody anything.
  @Test func onlyWhatChangedForTheCallerIsPushed() async throws {
    let host = try TestHost()
    try await host.serving(host.grants(TestHost.ownUID, ["controller/site-1"])) { _ in
      try await withClient(host) { client in
        try await client.fetchX509SVID(.init(), metadata: Self.header) { response in
          var seen: [Data] = []
          for try await message in response.messages {
            seen.append(contentsOf: message.svids.map(\.x509Svid))
            guard seen.count == 1 else { break }
            try host.renew()
            host.identities.replace(bundle: host.bundle())
            try await Task.sleep(for: .milliseconds(300))
            let svid = try TestHost.svid("controller/site-1", of: host.authority, lifetime: .seconds(3600))
            host.controller.replace(svid: svid, verifier: host.controller.verifier)
          }
          #expect(seen.count == 2)
          #expect(seen.last == Data(host.controller.svid.chain.joined()))
        }
      }
    }
  }

  @Test func whatHasExpiredIsTakenBack() async throws {
    let host = try TestHost()
    let clock = TestTime()
    let api = try WorkloadAPI(
      path: host.socket, grants: host.grants(), identities: host.identities, now: { clock.now })
    let task = Task { try await api.run() }
    let ended = try await withClient(host) { client in
      await code {
        try await client.fetchX509SVID(.init(), metadata: Self.header) { response in
          for try await _ in response.messages { clock.pass(3700) }
        }
      }
    }
    #expect(ended == .permissionDenied)
    task.cancel()
    try await task.value
  }

  @Test func whatIsRevokedIsTakenBack() async throws {
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      let ended = try await withClient(host) { client in
        await code {
          try await client.fetchX509SVID(.init(), metadata: Self.header) { response in
            for try await _ in response.messages {
              let list = try host.list(revoking: host.camera.svid)
              let verifier = try ChainVerifier(
                roots: host.camera.svid.roots, trustDomain: host.trustDomain,
                revocations: RevocationRegister(lists: [list]))
              host.camera.replace(svid: host.camera.svid, verifier: verifier)
            }
          }
        }
      }
      #expect(ended == .permissionDenied)
    }
  }

  /// A list that is missing where one is required takes nothing from the host itself.
  @Test func aMissingListTakesNothingBack() async throws {
    let host = try TestHost()
    let verifier = try ChainVerifier(
      roots: host.camera.svid.roots, trustDomain: host.trustDomain, revocations: RevocationRegister(requirement: .path))
    host.camera.replace(svid: host.camera.svid, verifier: verifier)
    #expect(await host.identities.snapshot().svids.count == 2)
  }

  @Test func anOlderBundleDoesNotReplaceANewerOne() async throws {
    let host = try TestHost()
    let roots = try TestHost.svid(
      "camera/x", of: CertificateAuthority.ephemeral(trustDomain: host.trustDomain), lifetime: .seconds(600)
    ).roots
    #expect(host.identities.replace(bundle: host.bundle(roots: roots, sequence: 7)))
    for sequence in [6, 0, nil] as [UInt64?] {
      #expect(!host.identities.replace(bundle: host.bundle(sequence: sequence)))
    }
    let foreign = TrustBundle(
      trustDomain: try TrustDomain("other.example"), roots: [], jwtKeys: [], sequence: 9, refreshHint: nil)
    #expect(!host.identities.replace(bundle: foreign))
    #expect(await host.identities.snapshot().roots == roots)
  }

  @Test func theKeysOfTokensAloneAreInTheJWTBundle() async throws {
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      try await withClient(host) { client in
        try await client.fetchJWTBundles(.init(), metadata: Self.header) { response in
          for try await message in response.messages {
            let json = try #require(message.bundles["spiffe://mesh.example"])
            let bundle = try TrustBundle(json: json, trustDomain: host.trustDomain)
            #expect(bundle.roots.isEmpty)
            #expect(bundle.jwtKeys == [host.tokenKey.published])
            return
          }
        }
      }
    }
  }

  // MARK: What goes wrong

  @Test func anAuthorityThatDoesNotAnswerIsSaidWithoutItsReason() async throws {
    struct Silent: WorkloadIdentities {
      let host: TestHost
      func snapshot() async -> WorkloadSnapshot { await host.identities.snapshot() }
      var updates: AsyncStream<Void> { host.identities.updates }
      func token(audience: [String], for svid: SVID) async throws -> WorkloadToken {
        if audience == ["slow"] { try await Task.sleep(for: .seconds(600)) }
        throw IdentityError(.internalFault, "a secret thing")
      }
    }
    let host = try TestHost()
    var limits = WorkloadLimits()
    limits.tokenTimeout = .milliseconds(200)
    let api = try WorkloadAPI(
      path: host.socket, grants: host.grants(), identities: Silent(host: host), limits: limits)
    let task = Task { try await api.run() }
    try await withClient(host) { client in
      for audience in ["quick", "slow"] {
        do {
          _ = try await client.fetchJWTSVID(.with { $0.audience = [audience] }, metadata: Self.header)
          Issue.record("a token from nowhere")
        } catch let error as RPCError {
          #expect(error.code == .unavailable)
          #expect(!error.message.contains("secret"))
        }
      }
    }
    task.cancel()
    try await task.value
  }

  @Test func badRequestsAreInvalid() async throws {
    let host = try TestHost()
    try await host.serving(host.grants()) { _ in
      try await withClient(host) { client in
        let audiences: [[String]] = [[], [""], Array(repeating: "a", count: 17), [String(repeating: "a", count: 513)]]
        for audience in audiences {
          #expect(
            await code {
              _ = try await client.fetchJWTSVID(.with { $0.audience = audience }, metadata: Self.header)
            } == .invalidArgument)
        }
        #expect(
          await code {
            _ = try await client.fetchJWTSVID(
              .with {
                $0.audience = ["a"]
                $0.spiffeID = "camera/site-1"
              }, metadata: Self.header)
          } == .invalidArgument)
        for (audience, token) in [("", "a.b.c"), ("a", ""), ("a", "a.b.c"), ("a", "{}")] {
          #expect(
            await code {
              _ = try await client.validateJWTSVID(
                .with {
                  $0.audience = audience
                  $0.svid = token
                }, metadata: Self.header)
            } == .invalidArgument)
        }
      }
      #expect(host.tokensAsked.value == 0)
    }
  }

  @Test func aUserWithTooManyCallsIsAskedToWait() async throws {
    let host = try TestHost()
    var limits = WorkloadLimits()
    limits.callBurst = 3
    limits.callsPerSecond = 1
    try await host.serving(host.grants(), limits: limits) { _ in
      try await withClient(host) { client in
        var codes: [RPCError.Code?] = []
        for _ in 0..<4 {
          codes.append(
            await code { _ = try await client.fetchJWTSVID(.with { $0.audience = ["a"] }, metadata: Self.header) })
        }
        #expect(codes == [nil, nil, nil, .unavailable])
        try await Task.sleep(for: .milliseconds(1100))
        #expect(
          await code { _ = try await client.fetchJWTSVID(.with { $0.audience = ["a"] }, metadata: Self.header) } == nil)
      }
    }
  }

  // MARK: Places

  /// Connections that say nothing, or only begin, are closed, whatever HTTP/2 would wait for.
  @Test(arguments: ["", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
  func whoSaysNothingLosesItsPlace(_ greeting: String) async throws {
    let host = try TestHost()
    var limits = WorkloadLimits()
    limits.greeting = .milliseconds(300)
    limits.silence = .milliseconds(600)
    limits.idle = .milliseconds(200)
    try await host.serving(host.grants(), limits: limits) { _ in
      let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(unixDomainSocketPath: host.socket).get()
      try await channel.writeAndFlush(ByteBuffer(string: greeting)).get()
      let start = ContinuousClock.now
      try await channel.closeFuture.get()
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }

  @Test func aUserHasSoManyConnectionsAndNoMore() async throws {
    let host = try TestHost()
    var limits = WorkloadLimits()
    limits.connectionsPerUser = 2
    limits.greeting = .seconds(60)
    try await host.serving(host.grants(), limits: limits) { _ in
      let connect = {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
          .connect(unixDomainSocketPath: host.socket).get()
      }
      // Which of them comes last is for their event loops to say.
      let channels = [try await connect(), try await connect(), try await connect()]
      var waited = 0
      while channels.filter(\.isActive).count > 2, waited < 100 {
        try await Task.sleep(for: .milliseconds(20))
        waited += 1
      }
      #expect(channels.filter(\.isActive).count == 2)
      // A place that is given up is free again.
      for channel in channels where channel.isActive { try await channel.close() }
      try await Task.sleep(for: .milliseconds(100))
      let refused = try await withClient(host) { client in
        await code { _ = try await client.fetchJWTSVID(.with { $0.audience = ["a"] }, metadata: Self.header) }
      }
      #expect(refused == nil)
    }
  }

  // MARK: The end

  @Test func atTheEndWatchersAreToldAndTheSocketIsGone() async throws {
    let host = try TestHost()
    var limits = WorkloadLimits()
    limits.grace = .seconds(30)
    let api = try host.api(host.grants(), limits: limits)
    let group = ServiceGroup(services: [api], logger: Logger(label: "test"))
    let task = Task { try await group.run() }
    let start = ContinuousClock.now
    let ended = try await withClient(host) { client in
      await code {
        try await client.fetchX509Bundles(.init(), metadata: Self.header) { response in
          for try await _ in response.messages { await group.triggerGracefulShutdown() }
        }
      }
    }
    #expect(ended == .unavailable)
    try await task.value
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(!FileManager.default.fileExists(atPath: host.socket))
  }

  @Test func aMuteConnectionDoesNotHoldUpTheEnd() async throws {
    let host = try TestHost()
    let api = try host.api(host.grants())
    let group = ServiceGroup(services: [api], logger: Logger(label: "test"))
    let task = Task { try await group.run() }
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(unixDomainSocketPath: host.socket).get()
    try await channel.writeAndFlush(ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).get()
    try await Task.sleep(for: .milliseconds(200))
    let start = ContinuousClock.now
    await group.triggerGracefulShutdown()
    try await task.value
    #expect(ContinuousClock.now - start < .seconds(5))
  }
}
