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

  private func writeInventory(_ bench: Bench, port: Int, identity: String) throws -> URL {
    let inventory = bench.file("inventory.yaml")
    try """
    policy: policy.yaml
    identity: identities/\(identity)
    devices:
      camera/site-1: 127.0.0.1:\(port)

    """.write(to: inventory, atomically: true, encoding: .utf8)
    return inventory
  }

  private func device(_ arguments: String..., inventory: URL) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable, ["device"] + arguments + ["--inventory", inventory.path, "--format", "json"])
  }

  /// Asks a gateway's `Encode` for site-1's encoding of the step in progress, with Python's gRPC.
  private func python(_ bench: Bench, _ port: Int, policy: URL, identity: String?) async throws -> Tacet.Result {
    let home = bench.identity(identity ?? "controller/site-1")
    let credentials =
      identity == nil
      ? []
      : ["--cert", home.appendingPathComponent("cert.pem").path, "--key", home.appendingPathComponent("key.pem").path]
    return try await Tacet.run(
      Tacet.project.appendingPathComponent(".tools/python/bin/python"),
      [
        Tacet.project.appendingPathComponent("Tests/Interop/encode_client.py").path, "--target", "localhost:\(port)",
        "--root", home.appendingPathComponent("bundle.pem").path, "--message-bytes", "1024", "--kind", "QUERY",
        "--site", "site-1", "--step", "0",
      ] + credentials)
  }
}
