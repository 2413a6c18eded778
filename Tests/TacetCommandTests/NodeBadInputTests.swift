import Foundation
import Testing

/// Each kind of bad input ends `node run` with one line that names the file, and the documented exit status.
@Suite(.timeLimit(.minutes(5))) struct NodeBadInputTests {
  /// Runs a gateway that must not start; returns its one line.
  private func refusal(_ configuration: URL, status: Int32, naming file: String) async throws -> String {
    let result = try await Tacet.run("node", "run", "--config", configuration.path)
    #expect(result.status == status, "\(result.errors)")
    #expect(result.output.isEmpty)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(result.errors)")
    #expect(result.errors.contains(file), "\(result.errors)")
    return result.errors
  }

  @Test func truncatedCertificate() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let file = bench.identity("gateway/gateway-1").appendingPathComponent("cert.pem")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.prefix(text.count / 3).write(to: file, atomically: true, encoding: .utf8)
    _ = try await refusal(try bench.writeGateway(), status: 65, naming: "cert.pem")
  }

  @Test func missingBundle() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    try FileManager.default.removeItem(
      at: bench.identity("gateway/gateway-1").appendingPathComponent("bundle.pem"))
    _ = try await refusal(try bench.writeGateway(), status: 66, naming: "bundle.pem")
  }

  @Test func keyThatOthersMayRead() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let key = bench.identity("gateway/gateway-1").appendingPathComponent("key.pem")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key.path)
    let line = try await refusal(try bench.writeGateway(), status: 77, naming: "key.pem")
    #expect(!line.contains("PRIVATE"))
  }

  /// What a step needs does not fit its slots: the line says what to change.
  @Test(arguments: [
    (["per_tick: 2": "per_tick: 1"], "cover.per_tick is 1"),
    (["prepare: 25ms": "prepare: 105ms"], "timing.prepare is 0.105 seconds"),
    (["bytes: 1024": "bytes: 1024\n  quota: 1"], "message.quota is 1"),
    (["per_tick: 2": "per_tick: 201", "prepare: 25ms": "prepare: 1ms"], "lower cover.per_tick or raise timing.tick"),
    (["per_tick: 2": "per_tick: 150", "prepare: 25ms": "prepare: 1ms"], "69 messages of a device would wait"),
  ])
  func aStepThatDoesNotFitItsSlots(change: [String: String], words: String) async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy(replacing: change)
    _ = try await refusal(try bench.writeGateway(), status: 65, naming: words)
  }

  /// More connections than the system lets the process have: the line says how many files it needs.
  @Test func moreConnectionsThanOpenFiles() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let file = try bench.writeGateway()
    let text = try String(contentsOf: file, encoding: .utf8).replacing("grpc: 0}", with: "grpc: 0, connections: 1000}")
    try text.write(to: file, atomically: true, encoding: .utf8)
    let command = "ulimit -n 1500 && exec \"$0\" node run --lifeline --config \"$1\" </dev/null"
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", command, Tacet.executable.path, file.path])
    #expect(result.status == 65, "\(result.errors)")
    #expect(result.errors.contains("listen.connections is 1000"), "\(result.errors)")
    #expect(result.errors.contains("needs 2128 open files and may have 1500"), "\(result.errors)")
  }

  @Test func corruptShard() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let model = try copyModel(to: bench)
    let shard = model.appendingPathComponent("shard-2.onnx")
    let garbage = Data((0..<5000).map { _ in UInt8.random(in: 0...255) })
    let old = try await sha256(shard)
    try garbage.write(to: shard)
    let manifest = model.appendingPathComponent("manifest.yaml")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    #expect(text.contains(old))
    try text.replacingOccurrences(of: old, with: try await sha256(shard))
      .write(to: manifest, atomically: true, encoding: .utf8)
    _ = try await refusal(try bench.writeGateway(model: model), status: 65, naming: "shard-2.onnx")
  }

  /// A pack whose layer counts nobody is not run under a promise about individuals.
  @Test func aPolicyOfContributionsNeedsACountLayer() async throws {
    let bench = try await Bench()
    let policy = try bench.writePolicy()
    var text = try String(contentsOf: policy, encoding: .utf8)
    let lines = text.components(separatedBy: "\n").filter { !$0.hasPrefix("  radius:") }
    text = lines.map {
      $0.hasPrefix("  unit:") ? "  unit: contribution\n  filter: [1]\n  passages: 1\n  bound: 1\n  steps: 9" : $0
    }.joined(separator: "\n")
    try text.write(to: policy, atomically: true, encoding: .utf8)
    let line = try await refusal(try bench.writeGateway(), status: 65, naming: "contribution")
    #expect(line.contains("trained for activations (any-input)"))
    let check = try await Tacet.run("policy", "check", policy.path)
    #expect(check.status == 0 && check.output.contains("privacy unit contribution"))
    let show = try await Tacet.run("policy", "show", policy.path, "--format", "json").json()
    #expect(show["privacy_unit"] as? String == "contribution")
    let plan = try #require(show["contribution"] as? [String: Any])
    #expect(plan["sensitivity"] as? Int == 1)
    // One passage, and past 1, 2, 4 and 8 such cameras.
    let trips = try #require(plan["trips"] as? [[String: Any]])
    #expect(trips.map { $0["devices"] as? Int } == [1, 2, 4, 8])
    let (passage, one) = (plan["passage"] as? [String: Any], try #require(trips.first?["mu"] as? Double))
    #expect(passage?["mu"] as? Double == one && abs(one - 1.0 / 64) < 1e-9)
    #expect(abs((trips.last?["mu"] as? Double ?? 0) / one - 8.0.squareRoot()) < 1e-9)
    #expect(try await Tacet.run("policy", "show", policy.path).output.contains("past 2, 4, 8 such devices"))
  }

  /// A window that is over before its first step would be charged for nothing, again and again.
  @Test(arguments: [2, 3]) func aWindowHasRoomForAStep(steps: Int) async throws {
    let bench = try await Bench()
    let policy = try bench.writePolicy(replacing: ["scale: 64": "scale: 8"])
    let text = try String(contentsOf: policy, encoding: .utf8).components(separatedBy: "\n")
      .filter { !$0.hasPrefix("  radius:") }.map {
        $0.hasPrefix("  unit:")
          ? "  unit: contribution\n  filter: [2, 1]\n  passages: 1\n  bound: 1\n  steps: \(steps)" : $0
      }.joined(separator: "\n")
    try text.write(to: policy, atomically: true, encoding: .utf8)
    let pack = Tacet.project.appendingPathComponent("Fixtures/models/tiny-counts", isDirectory: true)
    let file = try bench.writeGateway(model: pack)
    guard steps < 3 else {
      let gateway = try await RunningNode(configuration: file)
      #expect(gateway.stop() == 0)
      return
    }
    _ = try await refusal(file, status: 65, naming: "privacy.steps is 2")
  }

  @Test func digestThatDoesNotMatch() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let model = try copyModel(to: bench)
    let shard = model.appendingPathComponent("shard-2.onnx")
    var bytes = try Data(contentsOf: shard)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: shard)
    let line = try await refusal(try bench.writeGateway(model: model), status: 65, naming: "shard-2.onnx")
    #expect(line.contains("SHA-256"))
  }

  @Test func portInUse() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let node = try await RunningNode(configuration: try bench.writeGateway())
    defer { node.stop() }
    let line = try await refusal(
      try bench.writeGateway(link: node.link, state: "other-state"), status: 69,
      naming: "port \(node.link) on 127.0.0.1")
    #expect(line.contains("in use"))
  }

  @Test func stateFolderOfARunningNode() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let node = try await RunningNode(configuration: try bench.writeGateway())
    defer { node.stop() }
    _ = try await refusal(try bench.writeGateway(), status: 69, naming: "gateway-state")
  }

  @Test func policyThatIsAPipe() async throws {
    let bench = try await Bench()
    #expect(mkfifo(bench.file("policy.yaml").path, 0o600) == 0)
    _ = try await refusal(try bench.writeGateway(), status: 65, naming: "policy.yaml")
  }

  @Test func stateFolderThatCannotBeMade() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let configuration = try bench.writeGateway()
    let text = try String(contentsOf: configuration, encoding: .utf8)
    try text.replacingOccurrences(of: "state: gateway-state", with: "state: /proc/tacet-state")
      .write(to: configuration, atomically: true, encoding: .utf8)
    _ = try await refusal(configuration, status: 74, naming: "/proc/tacet-state")
  }

  @Test func policyWithAWrongKey() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy(replacing: ["  deadline:": "  dead_line:"])
    let line = try await refusal(try bench.writeGateway(), status: 65, naming: "policy.yaml")
    #expect(line.contains("dead_line"))
    #expect(line.contains("deadline"))
    #expect(line.firstMatch(of: /policy\.yaml:\d+/) != nil, "no line number: \(line)")
  }

  @Test func policyWithAValueOutOfRange() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy(replacing: ["  trim: 1": "  trim: -1"])
    let line = try await refusal(try bench.writeGateway(), status: 65, naming: "policy.yaml")
    #expect(line.firstMatch(of: /policy\.yaml:\d+/) != nil, "no line number: \(line)")
  }

  @Test func certificateOfAnotherRole() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let configuration = try bench.writeGateway()
    let text = try String(contentsOf: configuration, encoding: .utf8)
    try text.replacingOccurrences(of: "identities/gateway/gateway-1", with: "identities/camera/site-1")
      .write(to: configuration, atomically: true, encoding: .utf8)
    _ = try await refusal(configuration, status: 65, naming: "cert.pem")
  }

  private func copyModel(to bench: Bench) throws -> URL {
    let copy = bench.file("model")
    try FileManager.default.copyItem(at: Bench.model, to: copy)
    return copy
  }

  private func sha256(_ file: URL) async throws -> String {
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/usr/bin/openssl"), ["dgst", "-sha256", "-r", file.path])
    return String(result.output.prefix(64))
  }
}
