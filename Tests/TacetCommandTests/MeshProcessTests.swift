import Foundation
import Testing

/// The line as processes: what a user of the built command relies on.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MeshProcessTests {
  @Test func crashedCameraHasChargedWhatItReleased() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(start: start))
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: gateway.link, start: start))
    try await Task.sleep(for: .seconds(5))
    site.killHard()
    #expect(gateway.stop() == 0)

    let received = try releases(received: bench.file("gateway-state/journal.jsonl"))
    let ledger = try await Tacet.run("ledger", "verify", "--state", bench.file("site-state").path, "--format", "json")
    #expect(ledger.status == 0, "\(ledger.output) \(ledger.errors)")
    let shown = try await Tacet.run("ledger", "show", "--state", bench.file("site-state").path, "--format", "json")
    let devices = try #require(try shown.json()["devices"] as? [[String: Any]])
    let charges = try #require(devices.first?["charges"] as? Int)
    #expect(received.count >= 5, "the camera was to be killed in mid-run")
    #expect(charges >= received.count, "a release without its charge")
  }

  @Test func restartedCameraDoesNotReleaseAStepTwice() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(start: start))
    let configuration = try await bench.writeSite(gateway: gateway.link, start: start)
    let first = try await RunningNode(configuration: configuration)
    try await Task.sleep(for: .seconds(4))
    first.killHard()
    let second = try await RunningNode(configuration: configuration)
    try await Task.sleep(for: .seconds(3))
    #expect(second.stop() == 0)
    gateway.stop()
    let received = try releases(received: bench.file("gateway-state/journal.jsonl"))
    #expect(Set(received).count == received.count)
    let ledger = try await Tacet.run("ledger", "verify", "--state", bench.file("site-state").path, "--format", "json")
    #expect(ledger.status == 0, "\(ledger.output) \(ledger.errors)")
  }

  @Test func fallbackAndRestore() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(start: start))
    defer { gateway.stop() }
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: gateway.link, start: start))
    defer { site.stop() }
    let inventory = try writeInventory(bench, port: site.link, identity: "admin/alice")
    try await Task.sleep(for: .seconds(3))

    let order = try await device("fallback", "camera/site-1", "--reason", "lens being replaced", inventory: inventory)
    #expect(order.status == 0, "\(order.errors)")
    #expect(try order.json()["mode"] as? String == "fallback")
    try await Task.sleep(for: .seconds(1))
    let before = try releases(received: bench.file("gateway-state/journal.jsonl")).count
    try await Task.sleep(for: .seconds(2))
    #expect(try releases(received: bench.file("gateway-state/journal.jsonl")).count == before)

    let list = try await device("list", inventory: inventory)
    let devices = try #require(try list.json()["devices"] as? [[String: Any]])
    #expect(devices.first?["reason"] as? String == "lens being replaced")
    #expect(devices.first?["by"] as? String == "spiffe://city.example/admin/alice")
    #expect(abs(try #require(devices.first?["since"] as? Double) - Date().timeIntervalSince1970) < 60)

    let restored = try await device("restore", "camera/site-1", inventory: inventory)
    #expect(try restored.json()["mode"] as? String == "mesh")
    try await Task.sleep(for: .seconds(2))
    #expect(try releases(received: bench.file("gateway-state/journal.jsonl")).count > before)
  }

  @Test func onlyAnAdministratorSendsADeviceAway() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let gateway = try await RunningNode(configuration: try bench.writeGateway())
    defer { gateway.stop() }
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: gateway.link))
    defer { site.stop() }
    let inventory = try writeInventory(bench, port: site.link, identity: "camera/site-2")
    let order = try await device("fallback", "camera/site-1", "--reason", "malice", inventory: inventory)
    #expect(order.status == 77, "\(order.errors)")
    let list = try await device(
      "list", inventory: try writeInventory(bench, port: site.link, identity: "admin/alice"))
    let devices = try #require(try list.json()["devices"] as? [[String: Any]])
    #expect(devices.first?["mode"] as? String == "mesh")
  }

  /// The state folder of a camera is copied, the camera runs on, and the copy is put back: the gateway and the
  /// administrator see it, the camera releases nothing more.
  @Test func aRolledBackLedgerIsCaughtByItsWitnesses() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy(replacing: ["audit: 60": "audit: 5"])
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(start: start))
    defer { gateway.stop() }
    let configuration = try await bench.writeSite(gateway: gateway.link, start: start)
    let site = bench.file("site-state")
    try await Self.run(configuration, for: 4)
    try FileManager.default.copyItem(at: site, to: bench.file("copy"))
    try await Self.run(configuration, for: 4)

    let second = try await RunningNode(configuration: configuration)
    var inventory = try writeInventory(bench, port: second.link, identity: "admin/alice", gateway: gateway.link)
    let first = try await audit(inventory, bench)
    #expect(first.status == 0, "\(first.errors)")
    #expect(try Self.verdicts(first) == ["first", "consistent"])
    let again = try await audit(inventory, bench)
    #expect(try Self.verdicts(again) == ["consistent", "consistent"])
    #expect(second.stop() == 0)

    try FileManager.default.removeItem(at: site)
    try FileManager.default.moveItem(at: bench.file("copy"), to: site)
    let before = try releases(received: bench.file("gateway-state/journal.jsonl")).count
    let charged = try await charges(bench)
    let restored = try await RunningNode(configuration: configuration)
    try await Task.sleep(for: .seconds(4))
    inventory = try writeInventory(bench, port: restored.link, identity: "admin/alice", gateway: gateway.link)
    let caught = try await audit(inventory, bench)
    #expect(caught.status == 1, "\(caught.errors)")
    #expect(try Self.verdicts(caught) == ["inconsistent", "inconsistent"])
    #expect(try releases(received: bench.file("gateway-state/journal.jsonl")).count == before)
    let list = try await device("list", inventory: inventory)
    let devices = try #require(try list.json()["devices"] as? [[String: Any]])
    #expect(devices.first?["mode"] as? String == "fallback")
    #expect(devices.first?["by"] as? String == "spiffe://city.example/gateway/gateway-1")
    #expect(try await charges(bench) == charged, "it spent budget before a witness was asked")
    let kept = try await Tacet.run("node", "witness", "list", "--state", bench.file("gateway-state").path)
    #expect(kept.output.contains("camera/site-1") && kept.output.contains("REFUSED"), "\(kept.output)")
    try await forgiven(restored, bench, inventory, after: before)
  }

  /// A camera whose ledger is started anew, with a key of its own, does not know that it had another; the gateway does.
  @Test func aLedgerStartedAnewReleasesToNobody() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(start: start))
    let configuration = try await bench.writeSite(gateway: gateway.link, start: start)
    try await Self.run(configuration, for: 4)
    let journal = bench.file("gateway-state/journal.jsonl")
    let before = try releases(received: journal).count
    #expect(before > 3)
    try FileManager.default.removeItem(at: bench.file("site-state/ledger"))
    try await Self.run(configuration, for: 3)
    #expect(gateway.stop() == 0)
    let text = try String(contentsOf: journal, encoding: .utf8)
    #expect(text.contains("\"refused\":\"other_key\""))
    // It speaks with its first step that a gateway has answered in: from the second on, if at all.
    #expect(try releases(received: journal).count == before)
    #expect(try await charges(bench) > 3, "the camera was to try")
  }

  /// An administrator who knows why may have the device believed again, while all are running.
  private func forgiven(_ site: RunningNode, _ bench: Bench, _ inventory: URL, after before: Int) async throws {
    defer { site.stop() }
    let state = bench.file("gateway-state").path
    #expect(try await Tacet.run("node", "witness", "forget", "camera/site-1", "--state", state).status == 0)
    #expect(try await Tacet.run("node", "witness", "forget", "camera/site-1", "--state", state).status == 66)
    let restored = try await device("restore", "camera/site-1", inventory: inventory)
    #expect(try restored.json()["mode"] as? String == "mesh", "\(restored.errors)")
    let journal = bench.file("gateway-state/journal.jsonl")
    for _ in 0..<100 where try releases(received: journal).count <= before {
      try await Task.sleep(for: .milliseconds(200))
    }
    #expect(try releases(received: journal).count > before)
  }

  @Test func onlyWhoMayAuditsAndTheDoorHasAnAuditCall() async throws {
    let bench = try await Bench()
    let policy = try bench.writePolicy()
    let gateway = try await RunningNode(configuration: try bench.writeGateway())
    defer { gateway.stop() }
    let site = try await RunningNode(configuration: try await bench.writeSite(gateway: gateway.link))
    defer { site.stop() }
    let stranger = try writeInventory(bench, port: site.link, identity: "camera/site-2", gateway: gateway.link)
    #expect(try await audit(stranger, bench).status == 69)
    let asked = try await python(
      bench, site.grpc, policy: policy, identity: "admin/alice", ["--audit", "--kind", "AUDIT"])
    #expect(asked.status == 0, "\(asked.output) \(asked.errors)")
    let checkpoint = try await Tacet.run("ledger", "checkpoint", "--state", bench.file("site-state").path)
    let note = try #require(try asked.json()["checkpoint"] as? String)
    // The ledger goes on: the same log, perhaps longer.
    #expect(note.prefix { $0 != "\n" } == checkpoint.output.prefix { $0 != "\n" })
    let refused = try await python(
      bench, site.grpc, policy: policy, identity: "controller/site-1", ["--audit", "--kind", "AUDIT"])
    #expect(try refused.json()["status"] as? String == "refused")
    let other = try await python(
      bench, site.grpc, policy: policy, identity: "admin/alice", ["--audit", "--kind", "STATUS"])
    #expect(try other.json()["status"] as? String == "malformed")
  }

  @Test func pythonClientGetsAnAnswerAndAStrangerNone() async throws {
    let bench = try await Bench()
    // A step that lasts: the client asks for the one in progress.
    let policy = try bench.writePolicy(replacing: ["tick: 200ms": "tick: 30m"])
    let gateway = try await RunningNode(configuration: try bench.writeGateway())
    defer { gateway.stop() }
    let answered = try await python(bench, gateway.grpc, policy: policy, identity: "controller/site-1")
    #expect(answered.status == 0, "\(answered.output) \(answered.errors)")
    let refused = try await python(bench, gateway.grpc, policy: policy, identity: nil)
    #expect(refused.status == 2, "\(refused.output) \(refused.errors)")
  }

  // MARK: Support

  /// The steps of the releases that a gateway took in.
  private func releases(received journal: URL) throws -> [Int] {
    try String(contentsOf: journal, encoding: .utf8).split(separator: "\n").compactMap { line in
      let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (record?["receipt"] as? [String: Any])?["step"] as? Int
    }
  }

  /// Runs a node for some seconds and stops it.
  private static func run(_ configuration: URL, for seconds: Double) async throws {
    let node = try await RunningNode(configuration: configuration)
    try await Task.sleep(for: .seconds(seconds))
    #expect(node.stop() == 0)
  }

  /// How many releases the site's ledger has charged.
  private func charges(_ bench: Bench) async throws -> Int {
    let shown = try await Tacet.run("ledger", "show", "--state", bench.file("site-state").path, "--format", "json")
    return try #require((try shown.json()["devices"] as? [[String: Any]])?.first?["charges"] as? Int)
  }

  private func audit(_ inventory: URL, _ bench: Bench) async throws -> Tacet.Result {
    try await device("audit", "--state", bench.file("auditor").path, inventory: inventory)
  }

  /// The auditor's own verdict on the one device, and the gateway's.
  private static func verdicts(_ result: Tacet.Result) throws -> [String] {
    let device = try #require((try result.json()["devices"] as? [[String: Any]])?.first)
    let witness = try #require((device["witnesses"] as? [[String: Any]])?.first)
    return [try #require(device["verdict"] as? String), try #require(witness["verdict"] as? String)]
  }

  private func writeInventory(_ bench: Bench, port: Int, identity: String, gateway: Int? = nil) throws -> URL {
    let inventory = bench.file("inventory.yaml")
    try """
    policy: policy.yaml
    identity: identities/\(identity)
    devices:
      camera/site-1: 127.0.0.1:\(port)
    \(gateway.map { "gateways: {gateway/gateway-1: \"127.0.0.1:\($0)\"}" } ?? "")

    """.write(to: inventory, atomically: true, encoding: .utf8)
    return inventory
  }

  private func device(_ arguments: String..., inventory: URL) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable, ["device"] + arguments + ["--inventory", inventory.path, "--format", "json"])
  }

  /// Asks a node with Python's gRPC; by default a gateway's `Encode` for site-1's encoding of the step in progress.
  private func python(
    _ bench: Bench, _ port: Int, policy: URL, identity: String?,
    _ question: [String] = ["--kind", "QUERY", "--site", "site-1", "--step", "0"]
  ) async throws -> Tacet.Result {
    try await bench.python(port, identity: identity, question)
  }
}
