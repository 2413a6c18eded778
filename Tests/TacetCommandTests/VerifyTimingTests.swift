import Foundation
import Testing

/// `tacet verify timing` against a gateway, and against servers that leak.
@Suite(.serialized, .timeLimit(.minutes(5))) struct VerifyTimingTests {
  private let bench: Bench
  private let policy: URL

  init() async throws {
    bench = try await Bench()
    policy = try bench.writePolicy(replacing: [
      "tick: 200ms": "tick: 100ms", "prepare: 25ms": "prepare: 2ms", "deadline: 70ms": "deadline: 20ms",
      "jitter: 20ms": "jitter: 2ms",
    ])
  }

  /// 200 exchanges of each class. A wire that leaks nothing fails with a probability below 1e-9 (the report's own
  /// `false_failure_rate`): that is why so few exchanges go with an advantage as large as this.
  private func probe(_ port: Int, _ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable,
      [
        "verify", "timing", "--target", "127.0.0.1:\(port)", "--expect", "gateway/gateway-1", "--policy", policy.path,
        "--alpha", "1e-10", "--advantage", "0.3", "--least-exchanges", "100", "--exchanges", "200", "--format", "json",
      ] + arguments)
  }

  private func report(_ result: Tacet.Result, _ id: String = "controller/site-1") throws -> [String: Any] {
    let identities = try #require(try result.json()["identities"] as? [[String: Any]])
    return try #require(identities.first { $0["id"] as? String == id })
  }

  /// Who has leaked, in a server that may be told to.
  private func leaky(_ way: String) async throws -> LeakyServer {
    try await LeakyServer(identity: bench.identity("gateway/gateway-1"), way: way)
  }

  /// A policy of which even the servers that leak keep the deadline.
  private func writeQuickPolicy() throws -> String {
    let quick = bench.file("quick.yaml")
    let text = try String(contentsOf: policy, encoding: .utf8)
      .replacingOccurrences(of: "deadline: 20ms", with: "deadline: 1ms")
    try text.write(to: quick, atomically: true, encoding: .utf8)
    return quick.path
  }

  // MARK: What holds

  @Test func aGatewayHolds() async throws {
    let start = Date()
    let node = try await RunningNode(configuration: try bench.writeGateway(start: start))
    defer { node.stop() }
    let labels = bench.file("labels.jsonl")
    let result = try await probe(
      node.link, "--identity", bench.identity("controller/site-1").path, "--identity",
      bench.identity("camera/site-2").path,
      "--model", Bench.model.path, "--schedule-start", start.formatted(.iso8601), "--labels-out", labels.path)
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    #expect(try result.json()["verdict"] as? String == "holds")
    for (id, answers) in [
      (
        "controller/site-1",
        [
          "cover": "ok", "query/miss/traffic": "ok", "query/hit/traffic": "ok", "denied": "refused",
          "malformed": "malformed", "unknown model": "unknown",
        ]
      ),
      (
        "camera/site-2",
        [
          "cover": "ok", "release/traffic": "ok", "denied": "refused", "malformed": "malformed",
          "unknown model": "unknown",
        ]
      ),
    ] {
      let part = try report(result, id)
      let found = try #require(part["answers"] as? [String: [String: Int]])
      #expect(found.keys.sorted() == answers.keys.sorted())
      for (name, answer) in answers {
        // On a machine that has no time an answer may be late; it then follows in the place of one to a cover message.
        #expect(found[name]?[answer] ?? 0 > 0)
        if name == "cover" { continue }
        #expect(Set(found[name]?.keys.map(\.self) ?? []).subtracting(["late"]) == [answer], "\(name)")
      }
      let judged = try #require(part["report"] as? [String: Any])
      #expect(try #require(judged["false_failure_rate"] as? Double) < 1e-9)
    }
    let lines = try String(contentsOf: labels, encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 1000)
    #expect(lines.allSatisfy { $0.contains(#""server":"127.0.0.1:\#(node.link)""#) && $0.contains(#""door":"link""#) })
  }

  // MARK: What leaks

  @Test(arguments: ["time", "size", "close"])
  func aServerThatLeaksDoesNot(way: String) async throws {
    let server = try await leaky(way)
    defer { server.stop() }
    let result = try await probe(
      server.port, "--identity", bench.identity("controller/site-1").path, "--class", "cover", "--class", "query",
      "--class", "malformed", "--policy", try writeQuickPolicy())
    #expect(result.status == 1, "\(result.output) \(result.errors)")
    let judged = try #require(try report(result)["report"] as? [String: Any])
    #expect(judged["verdict"] as? String == "leaks")
    let reasons = try #require(judged["reasons"] as? [String])
    let telling = way == "time" ? "latency" : "sequences of record sizes"
    #expect(reasons.contains { $0.contains(telling) }, "\(reasons)")
    #expect(try #require(judged["false_alarm_rate"] as? Double) <= 1e-10)
  }

  /// The same server, when it is told not to leak.
  @Test func aServerThatDoesNotLeakHolds() async throws {
    let server = try await leaky("none")
    defer { server.stop() }
    let result = try await probe(
      server.port, "--identity", bench.identity("controller/site-1").path, "--class", "cover", "--class", "query",
      "--class", "malformed", "--policy", try writeQuickPolicy())
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let judged = try #require(try report(result)["report"] as? [String: Any])
    #expect(try #require(judged["false_failure_rate"] as? Double) < 1e-9)
  }

  /// Alike, but sooner than the policy has it: then something else than the policy sets the moment.
  @Test func aWeakerDeadlineIsALeak() async throws {
    let server = try await leaky("none")
    defer { server.stop() }
    let result = try await probe(
      server.port, "--identity", bench.identity("controller/site-1").path, "--class", "cover", "--class", "malformed")
    #expect(result.status == 1, "\(result.output) \(result.errors)")
    let judged = try report(result)
    #expect(try #require(judged["early"] as? Int) > 300)
    let reasons = try #require((judged["report"] as? [String: Any])?["reasons"] as? [String])
    #expect(reasons.count == 1 && reasons[0].contains("timing.deadline"), "\(reasons)")
  }

  @Test func tooFewExchangesAreNoProof() async throws {
    let server = try await leaky("none")
    defer { server.stop() }
    let result = try await probe(
      server.port, "--identity", bench.identity("controller/site-1").path, "--class", "cover", "--class", "malformed",
      "--exchanges", "20", "--policy", try writeQuickPolicy())
    #expect(result.status == 1)
    #expect(try result.json()["verdict"] as? String == "too few exchanges")
  }

  // MARK: What does not come about

  /// Steps of a schedule that the node does not follow: it computes nothing, and what is called a question is one of no step.
  @Test func classesThatWereNotHadAreNoProof() async throws {
    let node = try await RunningNode(configuration: try bench.writeGateway(start: Date()))
    defer { node.stop() }
    let result = try await probe(
      node.link, "--identity", bench.identity("controller/site-1").path, "--model", Bench.model.path,
      "--schedule-start",
      (Date() - 31_536_000).formatted(.iso8601))
    #expect(result.status == 1, "\(result.output)")
    #expect(try result.json()["verdict"] as? String == "too few exchanges")
    let reasons = try #require((try report(result)["report"] as? [String: Any])?["reasons"] as? [String])
    #expect(reasons.contains { $0.hasPrefix("query/hit/traffic should have been answered ok") }, "\(reasons)")
  }

  @Test func whoIsNotThereIsUnreachable() async throws {
    let result = try await probe(1, "--identity", bench.identity("controller/site-1").path)
    #expect(result.status == 69, "\(result.errors)")
  }

  @Test func whoIsRefusedIsToldSo() async throws {
    try await bench.succeed("ca", "revoke", "--id", "camera/site-1", "--reason", "keyCompromise")
    try await bench.succeed("ca", "crl", "--out", bench.file("crl.pem").path)
    let node = try await RunningNode(configuration: try bench.writeGateway(further: "crl: crl.pem"))
    defer { node.stop() }
    let other = try await probe(
      node.link, "--identity", bench.identity("controller/site-1").path, "--expect", "gateway/gateway-2")
    #expect(other.status == 77, "\(other.errors)")
    let revoked = try await probe(node.link, "--identity", bench.identity("camera/site-1").path)
    #expect(revoked.status == 77, "\(revoked.errors)")
  }

  @Test(arguments: [
    ["--class", "cover"], ["--connections", "0"], ["--schedule-start", "yesterday"], ["--alpha", "2"],
    ["--exchanges", "0"], ["--schedule-start", "2999-01-01T00:00:00Z"],
    ["--class", "cover", "--class", "malformed", "--class", "query/mis"],
    ["--schedule-start", "2026-01-01T00:00:00Z", "--connections", "1"],
  ])
  func whatCannotBeIsUsage(arguments: [String]) async throws {
    let result = try await Tacet.run(
      Tacet.executable,
      [
        "verify", "timing", "--target", "127.0.0.1:1", "--expect", "gateway/gateway-1", "--policy", policy.path,
        "--identity", bench.identity("controller/site-1").path,
      ] + arguments)
    #expect(result.status == 64, "\(result.errors)")
  }
}

/// `Tests/Interop/leaky_link_server.py` in the background.
private final class LeakyServer: Sendable {
  let port: Int
  private let process: Process

  init(identity: URL, way: String) async throws {
    process = Process()
    process.executableURL = Tacet.project.appendingPathComponent(".tools/python/bin/python")
    process.arguments = [
      Tacet.project.appendingPathComponent("Tests/Interop/leaky_link_server.py").path, identity.path, "1024", way,
    ]
    let output = Pipe()
    process.standardInput = Pipe()
    process.standardOutput = output
    try process.run()
    let line = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: output.fileHandleForReading.availableData) }
    }
    let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    port = try #require(Int(text), "the server did not start")
  }

  deinit { stop() }

  /// As a crash would: a test's processes have polite signals blocked.
  func stop() {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}
