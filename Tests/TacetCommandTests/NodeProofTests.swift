import Foundation
import Testing

/// A mesh whose policy demands that every certificate is in the authority's log: the proofs come from the authority on the network.
@Suite(.serialized, .timeLimit(.minutes(5))) struct NodeProofTests {
  private let bench: Bench
  private let authority: RunningAuthority
  private let log: URL

  init() async throws {
    bench = try await Bench()
    log = bench.file("gateway.log")
    let shown = try await Tacet.run("ca", "log", "show", "--state", bench.authority.path, "--format", "json")
    let key = try #require(try shown.json()["key"] as? String)
    _ = try bench.writePolicy(
      replacing: [
        "version: 1": "version: 1\nidentity: {require_logged: true, log_key: \"\(key)\", revocation: leaf}"
      ])
    authority = try await RunningAuthority(bench)
  }

  /// The first certificates, by token.
  private func enrol(_ ids: String...) async throws {
    for id in ids {
      let token = try await Tacet.run(
        "ca", "token", "--id", id, "--dns", "localhost", "--ip", "127.0.0.1", "--state", bench.authority.path,
        "--format", "text")
      try token.output.write(to: bench.file("token"), atomically: true, encoding: .utf8)
      let enrolled = try await Tacet.run(
        "node", "enrol", "--authority", "127.0.0.1:\(authority.enrol)", "--token", bench.file("token").path, "--out",
        bench.identity(id).path, "--state", bench.file("enrolling").path)
      try #require(enrolled.status == 0, "\(enrolled.errors)")
    }
  }

  private var asking: String { "authority: 127.0.0.1:\(authority.listen)" }

  private func gateway(start: Date = Date()) async throws -> RunningNode {
    try await RunningNode(configuration: try bench.writeGateway(start: start, further: asking), log: log)
  }

  private func site(_ gateway: RunningNode, start: Date) async throws -> RunningNode {
    let file = try await bench.writeSite(gateway: gateway.link, start: start, further: asking)
    return try await RunningNode(configuration: file, log: bench.file("site.log"))
  }

  /// Where a node keeps the proofs that it got.
  private func kept(_ state: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: bench.file("\(state)/authority-proofs").path)) ?? []
  }

  private func isAnswered(_ node: RunningNode, as id: String) async throws -> Bool {
    try await bench.python(node.grpc, identity: id, ["--kind", "COVER"]).status == 0
  }

  @Test func aMeshWithoutProofFiles() async throws {
    try await enrol("gateway/gateway-1", "camera/site-1", "controller/site-1")
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await gateway(start: start)
    let site = try await site(gateway, start: start)
    try await Task.sleep(for: .seconds(8))
    #expect(site.stop() == 0)
    #expect(gateway.refusals.isEmpty && site.refusals.isEmpty, "\(gateway.refusals) \(site.refusals)")
    let journal = try String(contentsOf: bench.file("gateway-state/journal.jsonl"), encoding: .utf8)
    #expect(journal.split(separator: "\n").count { $0.contains("\"receipt\"") } > 10)
    for state in ["gateway-state", "site-state"] {
      #expect(!FileManager.default.fileExists(atPath: bench.file("\(state)/proofs").path))
    }
    // The authority's own, and those of three devices: the certificate of each node, and of whom it speaks to.
    #expect(kept("gateway-state").count == 4 && kept("site-state").count == 4)
    #expect(gateway.stop() == 0)
  }

  /// An administrator's commands, too, get lists and proofs from the authority; without it they believe nobody.
  @Test func anAdministrator() async throws {
    let start = Date()
    let gateway = try await gateway(start: start)
    let site = try await site(gateway, start: start)
    func mode(_ authority: String) async throws -> String? {
      let inventory = """
        policy: policy.yaml
        identity: identities/admin/alice
        devices: {camera/site-1: "127.0.0.1:\(site.link)"}
        \(authority)

        """
      try inventory.write(to: bench.file("inventory.yaml"), atomically: true, encoding: .utf8)
      let listed = try await Tacet.run(
        "device", "list", "--inventory", bench.file("inventory.yaml").path, "--format", "json")
      let devices = try listed.json()["devices"] as? [[String: Any]]
      return devices?.first?["mode"] as? String
    }
    #expect(try await mode("") == "unreachable")
    let found = try await mode(asking)
    #expect(found != nil && found != "unreachable", "\(found ?? "nothing")")
    #expect(site.stop() == 0)
    #expect(gateway.stop() == 0)
  }

  /// With the intermediate's key another certificate can be made, and even another log: it is not in the authority's.
  @Test func whatAThiefOfTheKeySigns() async throws {
    let gateway = try await gateway()
    defer { gateway.stop() }
    #expect(try await isAnswered(gateway, as: "controller/site-1"), "\(gateway.refusals)")
    let before = kept("gateway-state")
    try FileManager.default.copyItem(at: bench.authority, to: bench.file("stolen"))
    let made = try await Tacet.run(
      "ca", "issue", "--id", "controller/site-1", "--out", bench.identity("thief").path, "--state",
      bench.file("stolen").path, "--passphrase-file", bench.passphrase.path)
    try #require(made.status == 0, "\(made.errors)")
    for attempt in 1...2 {
      #expect(try await !isAnswered(gateway, as: "thief"))
      #expect(await Patience.wait { gateway.refusals.count == attempt })
    }
    #expect(gateway.refusals.allSatisfy { $0.contains(/rule=not_logged(\s|$)/) }, "\(gateway.refusals)")
    #expect(kept("gateway-state") == before)
    #expect(try await isAnswered(gateway, as: "controller/site-1"))
  }

  /// Who was seen before is let in, after a restart, too; nobody else is.
  @Test func theAuthorityIsNotToBeReached() async throws {
    let first = try await gateway()
    #expect(try await isAnswered(first, as: "controller/site-1"), "\(first.refusals)")
    authority.stop()
    let unseen = try TLSClient(first.link, identity: bench.identity("camera/site-2"), "-alpn", "tacet/1")
    #expect(await first.logs("rule=not_logged_unavailable"), "\(first.refusals)")
    #expect(await Patience.wait { !unseen.isRunning })
    #expect(try await isAnswered(first, as: "controller/site-1"))
    #expect(first.stop() == 0)

    let second = try await gateway()
    #expect(try await isAnswered(second, as: "controller/site-1"), "\(second.refusals)")
    let still = try TLSClient(second.link, identity: bench.identity("camera/site-2"), "-alpn", "tacet/1")
    #expect(await second.logs("rule=not_logged_unavailable"), "\(second.refusals)")
    #expect(await Patience.wait { !still.isRunning })
    #expect(second.stop() == 0)
  }
}
