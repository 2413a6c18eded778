import Foundation
import Testing

/// `tacet trust …`, and what it tells of a site that was killed.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TrustCommandTests {
  private func trust(_ arguments: String..., state: URL) async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, ["trust"] + arguments + ["--state", state.path])
  }

  /// A site whose one gateway is trusted after twenty steps.
  private func trustedSite() async throws -> (bench: Bench, state: URL, site: RunningNode, gateway: RunningNode) {
    let bench = try await Bench()
    _ = try bench.writePolicy(replacing: ["trim: 1": "trim: 0"])
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(start: start))
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: gateway.link, start: start))
    let file = bench.file("site-state/trust.json")
    #expect(
      await Patience.wait(.seconds(60)) {
        (try? String(contentsOf: file, encoding: .utf8))?.contains("\"standing\":\"trusted\"") ?? false
      })
    return (bench, bench.file("site-state"), site, gateway)
  }

  /// A process that is killed has lost no standing, and goes on from where it was.
  @Test func trustOutlivesTheProcess() async throws {
    let (bench, state, site, gateway) = try await trustedSite()
    defer { gateway.stop() }
    site.killHard()
    let before = try await trust("show", "gateway/gateway-1", "--format", "json", state: state).json()
    #expect(before["founding"] as? Bool == true && (before["issuer"] as? String)?.count == 64)
    let answer = try #require(try capability("answer", of: before))
    #expect(answer["standing"] as? String == "trusted" && answer["share"] as? Double == 1)
    let evidence = try #require(answer["evidence"] as? [[String: Any]])
    #expect(evidence.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } >= 20)
    #expect(evidence.contains { $0["reason"] as? String == "within tolerance of the robust result" })
    // The gateway has kept what it was shown of the ledger.
    #expect(try capability("witness", of: before) != nil)

    let journal = state.appendingPathComponent("journal.jsonl")
    let old = try String(contentsOf: journal, encoding: .utf8).utf8.count
    let again = try await RunningNode(configuration: bench.file("site.yaml"))
    #expect(
      await Patience.wait(.seconds(30)) {
        ((try? String(contentsOf: journal, encoding: .utf8))?.utf8.dropFirst(old).count ?? 0) > 200
      })
    #expect(again.stop() == 0)
    let new = try String(contentsOf: journal, encoding: .utf8).dropFirst(old)
    let first = try #require(new.split(separator: "\n").first { $0.contains("\"forecast\"") })
    #expect(first.contains("\"standings\":{\"gateway/gateway-1\":\"trusted\"}"), "\(first)")
  }

  private func capability(_ name: String, of report: [String: Any]) throws -> [String: Any]? {
    let all = try #require(report["capabilities"] as? [[String: Any]])
    return all.first { $0["capability"] as? String == name }
  }

  @Test func theListAndThePageOfAPeer() async throws {
    let (bench, state, site, gateway) = try await trustedSite()
    defer { withExtendedLifetime(bench) {} }
    #expect(site.stop() == 0)
    gateway.stop()
    let list = try await trust("list", state: state)
    #expect(list.status == 0)
    #expect(list.output.hasPrefix("gateway/gateway-1: there from the beginning, issued by the key "))
    #expect(list.output.contains("\n  answer: trusted, score 0.") && !list.output.contains("agreement"))
    let peers = try await trust("list", "--format", "json", state: state).json()["peers"] as? [[String: Any]]
    #expect(peers?.count == 1 && peers?.first?["peer"] as? String == "gateway/gateway-1")
    let show = try await trust("show", "gateway/gateway-1", state: state)
    #expect(show.status == 0)
    #expect(show.output.contains(": distance, within tolerance of the robust result (agreement 1)"))

    let stranger = try await trust("show", "gateway/gateway-9", state: state)
    #expect(stranger.status == 66 && stranger.errors.contains("knows no gateway/gateway-9"))
    #expect(try await trust("list", state: state.appendingPathComponent("nowhere")).status == 66)
    #expect(try await trust("show", state: state).status == 64)
  }

  @Test(arguments: [
    ("{", "it is damaged"), ("{\"version\":7}", "has version 7"), ("{\"version\":1}", "it is damaged"),
  ])
  func aFileThatIsNoBookIsBadInput(text: String, problem: String) async throws {
    let bench = try await Bench()
    let state = bench.file("site-state")
    try FileManager.default.createDirectory(
      at: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let file = state.appendingPathComponent("trust.json")
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    let result = try await trust("list", state: state)
    #expect(result.status == 65 && result.errors.contains(problem) && result.errors.contains(file.path), "\(result)")
    // Nor does a node begin with it, as if all peers were new.
    _ = try bench.writePolicy()
    let site = try await bench.writeSite(gateway: 1)
    let node = try await Tacet.run("node", "run", "--config", site.path)
    #expect(node.status == 65 && node.errors.contains(file.path), "\(node.errors)")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    #expect(try await trust("list", state: state).status == 77)
  }
}
