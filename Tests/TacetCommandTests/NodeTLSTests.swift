import Foundation
import Testing

/// The doors of a running node as other TLS implementations, and a man in the middle, see them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct NodeTLSTests {
  private let bench: Bench
  private let log: URL
  /// Of all nodes of a test: once their doors are open.
  private let start = Date(timeIntervalSinceNow: 6)

  init() async throws {
    bench = try await Bench()
    log = bench.file("gateway.log")
    _ = try bench.writePolicy()
  }

  private func gateway(_ further: String = "") async throws -> RunningNode {
    try await RunningNode(configuration: try bench.writeGateway(start: start, further: further), log: log)
  }

  /// Both doors, with the application protocol of each.
  private static func doors(_ node: RunningNode) -> [(port: Int, name: String)] {
    [(node.link, "tacet/1"), (node.grpc, "h2")]
  }

  private var camera: URL { bench.identity("camera/site-2") }

  // MARK: Who is not let in

  @Test(arguments: ["-tls1_2", "-tls1_1"]) func olderVersions(version: String) async throws {
    let node = try await gateway()
    defer { node.stop() }
    for (index, door) in Self.doors(node).enumerated() {
      let client = try TLSClient(
        door.port, identity: camera, version, "-cipher", "ALL:@SECLEVEL=0", "-alpn", door.name)
      #expect(await Patience.wait { node.refusals.count == index + 1 })
      #expect(node.refusals.last?.contains("reason=tls_version") == true, "\(node.refusals)")
      #expect(client.end().contains("alert protocol version"))
    }
  }

  @Test func noClientCertificate() async throws {
    let node = try await gateway()
    defer { node.stop() }
    for (index, door) in Self.doors(node).enumerated() {
      let client = try TLSClient(door.port, identity: nil, "-alpn", door.name)
      #expect(await Patience.wait { node.refusals.count == index + 1 })
      #expect(node.refusals.last?.contains("reason=no_certificate") == true, "\(node.refusals)")
      #expect(await Patience.wait { !client.isRunning })
      #expect(client.end().contains("certificate required"))
    }
  }

  /// TLS 1.3 has none, and what has it is not spoken: a client that asks gets no second handshake.
  @Test func renegotiation() async throws {
    let node = try await gateway()
    defer { node.stop() }
    let client = try TLSClient(node.link, identity: camera, "-alpn", "tacet/1")
    #expect(await client.says("New, TLSv1.3"))
    try client.send(Data("R\n".utf8))
    #expect(await client.says("RENEGOTIATING"))
    try await Task.sleep(for: .milliseconds(500))
    let text = client.end()
    #expect(text.contains("Secure Renegotiation IS NOT supported"))
    #expect(text.components(separatedBy: "New, TLSv1.3").count == 2, "\(text)")
  }

  /// A session that was saved resumes nothing, and gets nobody in who was revoked since.
  @Test func resumption() async throws {
    let crl = bench.file("crl.pem")
    try await bench.succeed("ca", "crl", "--out", crl.path)
    let node = try await gateway("crl: crl.pem")
    defer { node.stop() }
    let session = bench.file("session").path
    let first = try TLSClient(node.link, identity: camera, "-alpn", "tacet/1", "-sess_out", session)
    try first.send(Data(count: 1024))
    #expect(await Patience.wait { FileManager.default.fileExists(atPath: session) }, "no ticket came")
    #expect(first.end().contains("New, TLSv1.3"))
    let other = bench.file("other-session").path
    let second = try TLSClient(
      node.link, identity: camera, "-alpn", "tacet/1", "-sess_in", session, "-sess_out", other)
    // The node sends its ticket once it has verified the peer: who leaves before that is counted as one that was not let in.
    try second.send(Data(count: 1024))
    #expect(await Patience.wait { FileManager.default.fileExists(atPath: other) }, "no ticket came")
    let text = second.end()
    #expect(text.contains("New, TLSv1.3"))
    #expect(!text.contains("Reused"))
    #expect(node.refusals.isEmpty)

    try await bench.succeed("ca", "revoke", "--id", "camera/site-2", "--reason", "keyCompromise")
    try await bench.succeed("ca", "crl", "--out", crl.path)
    try await Task.sleep(for: .seconds(2))
    let third = try TLSClient(node.link, identity: camera, "-alpn", "tacet/1", "-sess_in", session)
    #expect(await node.logs("reason=certificate", "rule=revoked"))
    #expect(!third.end().contains("Reused"))
  }

  // MARK: The key exchange

  private func hello(_ proxy: TLSProxy) async throws -> TLSHello {
    #expect(await Patience.wait { proxy.conversations.contains { TLSHello($0.fromServer) != nil } })
    return try #require(proxy.conversations.lazy.compactMap { TLSHello($0.fromServer) }.first)
  }

  /// As bytes on the wire: the group of the ServerHello's key share.
  @Test func postQuantumOnTheWire() async throws {
    let node = try await gateway()
    defer { node.stop() }
    // Node to node.
    let link = try TLSProxy(to: node.link)
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: link.port, start: start))
    defer { site.stop() }
    let between = try await hello(link)
    #expect(between.keyShareOfServer == TLSHello.x25519MLKEM768)
    #expect(between.versionOfServer == TLSHello.tls13)
    // Python's gRPC to a node.
    let grpc = try TLSProxy(to: node.grpc)
    let asked = try await python(grpc.port)
    #expect(asked.status == 0, "\(asked.output) \(asked.errors)")
    #expect(try await hello(grpc).keyShareOfServer == TLSHello.x25519MLKEM768)
    // And somebody who cannot is served by the older one, unless the policy says otherwise.
    let old = try TLSProxy(to: node.link)
    let client = try TLSClient(old.port, identity: camera, "-alpn", "tacet/1")
    #expect(try await hello(old).keyShareOfServer == TLSHello.x25519)
    #expect(await client.says("New, TLSv1.3"))
    #expect(node.refusals.isEmpty, "\(node.refusals)")
  }

  @Test func postQuantumDemanded() async throws {
    _ = try bench.writePolicy(replacing: ["version: 1": "version: 1\nidentity: {require_pq: true}"])
    let node = try await gateway()
    defer { node.stop() }
    for (index, door) in Self.doors(node).enumerated() {
      let client = try TLSClient(door.port, identity: camera, "-alpn", door.name, "-groups", "X25519:P-256:P-384")
      #expect(await Patience.wait { node.refusals.count == index + 1 })
      #expect(node.refusals.last?.contains("no key exchange in common") == true, "\(node.refusals)")
      #expect(client.end().contains("handshake failure"))
    }
    let asked = try await python(node.grpc)
    #expect(asked.status == 0, "\(asked.output) \(asked.errors)")
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: node.link, start: start))
    defer { site.stop() }
    #expect(await Patience.wait(.seconds(20)) { receipts > 0 }, "the site was not let in")
  }

  // MARK: A man in the middle

  /// Changes each ClientHello, as long as it is asked to: the handshake fails at one of the ends, and nothing is exchanged.
  @Test(arguments: [true, false]) func downgrade(ofVersion: Bool) async throws {
    let node = try await gateway()
    defer { node.stop() }
    let proxy = try TLSProxy(to: node.link) { first in
      guard var hello = TLSHello(first) else { return first }
      if ofVersion { hello.strip13() } else { hello.strip(group: TLSHello.x25519MLKEM768) }
      return hello.bytes
    }
    let siteLog = bench.file("site.log")
    let site = try await RunningNode(
      configuration: try await bench.writeSite(gateway: proxy.port, start: start), log: siteLog)
    defer { site.stop() }
    #expect(await Patience.wait { !node.refusals.isEmpty })
    let offered = try #require(proxy.conversations.lazy.compactMap { TLSHello($0.fromClient) }.first)
    #expect(offered.groups.first == TLSHello.x25519MLKEM768)
    if ofVersion {
      #expect(node.refusals.allSatisfy { $0.contains("reason=tls_version") }, "\(node.refusals)")
    } else {
      // The server has answered with what it was left, and the client does not find its own words in what is signed.
      #expect(try await hello(proxy).keyShareOfServer == TLSHello.x25519)
    }
    let text = try String(contentsOf: siteLog, encoding: .utf8)
    #expect(text.contains("link not established"), "\(text)")
    // Two seconds into the schedule.
    try await Task.sleep(for: .seconds(max(0, start.timeIntervalSinceNow) + 2))
    #expect(receipts == 0)
  }

  /// The same proxy that changes nothing lets everything pass.
  @Test func aProxyThatChangesNothing() async throws {
    let node = try await gateway()
    defer { node.stop() }
    let proxy = try TLSProxy(to: node.link) { TLSHello($0)?.bytes ?? [] }
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: proxy.port, start: start))
    defer { site.stop() }
    #expect(await Patience.wait(.seconds(20)) { receipts > 0 })
    #expect(node.refusals.isEmpty)
  }

  // MARK: Support

  /// How many releases the gateway has taken in.
  private var receipts: Int {
    let text = (try? String(contentsOf: bench.file("gateway-state/journal.jsonl"), encoding: .utf8)) ?? ""
    return text.components(separatedBy: "\"receipt\"").count - 1
  }

  private func python(_ port: Int) async throws -> Tacet.Result {
    try await bench.python(port, identity: "controller/site-1", ["--kind", "COVER"])
  }
}
