import Foundation
import Testing

/// `node run` serves the SPIFFE Workload API to the processes of its host.
@Suite(.timeLimit(.minutes(5))) struct WorkloadProcessTests {
  private func bench(workloads: String, api: String) async throws -> (bench: Bench, gateway: URL) {
    let bench = try await Bench()
    let policy = try bench.writePolicy()
    try "\(String(contentsOf: policy, encoding: .utf8))\n\(workloads)\n"
      .write(to: policy, atomically: true, encoding: .utf8)
    let gateway = try bench.writeGateway()
    try "\(String(contentsOf: gateway, encoding: .utf8))\nworkload_api: \(api)\n"
      .write(to: gateway, atomically: true, encoding: .utf8)
    return (bench, gateway)
  }

  @Test func aProcessFetchesTheNodesIdentity() async throws {
    let (bench, gateway) = try await bench(
      workloads: "workloads: [{uid: \(geteuid()), ids: [gateway/gateway-1]}]", api: "{socket: api.sock}")
    let policy = try await Tacet.run("policy", "show", bench.file("policy.yaml").path)
    #expect(policy.output.contains("workload of user \(geteuid()): gateway/gateway-1"), "\(policy.output)")
    let node = try await RunningNode(configuration: gateway)
    let socket = bench.file("api.sock").path
    let script = Tacet.project.appendingPathComponent("Tests/Interop/workload_client.py").path
    let python = Tacet.project.appendingPathComponent(".tools/python/bin/python")
    let said = try await Tacet.run(python, [script, "x509", "--socket", socket])
    #expect(said.status == 0)
    #expect(said.output.contains("spiffe://city.example/gateway/gateway-1"), "\(said.output)")
    let shown = try await Tacet.run("node", "svid", "--socket", socket, "--format", "json").json()
    let identities = try #require(shown["identities"] as? [[String: Any]])
    #expect(identities.map { $0["id"] as? String } == ["gateway/gateway-1"])
    #expect(node.stop() == 0)
    let gone = try await Tacet.run("node", "svid", "--socket", socket)
    #expect(gone.status == 69 && gone.errors.contains("nobody answers"), "\(gone.errors)")
    #expect(!FileManager.default.fileExists(atPath: socket))
  }

  /// Tokens and keys come from the authority on the network; what it revokes is handed out no longer.
  @Test func withAnAuthorityOnTheNetwork() async throws {
    let (bench, gateway) = try await bench(
      workloads: "workloads: [{uid: \(geteuid()), ids: [gateway/gateway-1]}]", api: "{socket: api.sock}")
    let authority = try await RunningAuthority(bench)
    try "\(String(contentsOf: gateway, encoding: .utf8))\nauthority: 127.0.0.1:\(authority.listen)\n"
      .write(to: gateway, atomically: true, encoding: .utf8)
    let node = try await RunningNode(configuration: gateway)
    let socket = bench.file("api.sock").path
    let python = Tacet.project.appendingPathComponent(".tools/python/bin/python")
    let script = Tacet.project.appendingPathComponent("Tests/Interop/workload_client.py").path
    // The keys are there a moment after the doors are open.
    let token = try await repeated {
      try await Tacet.run(python, [script, "jwt", "--socket", socket])
    } until: {
      $0.status == 0
    }
    #expect(token.output.contains("\"here\": \"spiffe://city.example/gateway/gateway-1\""), "\(token.output)")
    let lists = try await repeated {
      try await Tacet.run(python, [script, "x509", "--socket", socket])
    } until: {
      $0.output.contains("\"lists\": 1")
    }
    #expect(lists.output.contains("\"lists\": 1"), "\(lists.output)")
    try await bench.succeed("ca", "revoke", "--id", "gateway/gateway-1", "--reason", "keycompromise")
    let shown = try await repeated {
      try await Tacet.run("node", "svid", "--socket", socket)
    } until: {
      $0.status != 0
    }
    #expect(shown.status == 77, "\(shown.output)\(shown.errors)")
    node.stop()
    authority.stop()
  }

  private func repeated(
    _ body: () async throws -> Tacet.Result, until isDone: (Tacet.Result) -> Bool
  ) async throws -> Tacet.Result {
    let end = ContinuousClock.now + .seconds(20)
    var result = try await body()
    while !isDone(result), ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(200))
      result = try await body()
    }
    return result
  }

  @Test func aUserWithoutAnIdentityIsTold() async throws {
    let (bench, gateway) = try await bench(
      workloads: "workloads: [{uid: \(geteuid()), ids: [camera/site-1]}]", api: "{socket: api.sock, mode: \"0600\"}")
    let node = try await RunningNode(configuration: gateway)
    let shown = try await Tacet.run("node", "svid", "--socket", bench.file("api.sock").path)
    #expect(shown.status == 77 && shown.errors.contains("workloads"), "\(shown.errors)")
    node.stop()
  }

  @Test(arguments: [
    ("{socket: api.sock, mode: \"0777\"}", 65, "mode"), ("{path: api.sock}", 65, "socket"),
    ("{socket: \(String(repeating: "x", count: 120))}", 65, "longer than"),
    ("{socket: gateway-1.yaml}", 65, "no socket"),
  ])
  func whatCannotBeServedIsSaid(api: String, status: Int32, naming: String) async throws {
    let (bench, gateway) = try await bench(workloads: "", api: api)
    let result = try await Tacet.run("node", "run", "--config", gateway.path)
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errors.contains(naming), "\(result.errors)")
    withExtendedLifetime(bench) {}
  }
}
