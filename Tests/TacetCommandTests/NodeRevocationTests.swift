import Foundation
import Testing

/// What an administrator does with the command reaches a running node's connections.
@Suite(.serialized, .timeLimit(.minutes(5))) struct NodeRevocationTests {
  private let bench: Bench
  private let log: URL

  init() async throws {
    bench = try await Bench()
    log = bench.file("gateway.log")
    _ = try bench.writePolicy()
  }

  private func gateway(_ further: String) async throws -> RunningNode {
    try await RunningNode(configuration: try bench.writeGateway(further: further), log: log)
  }

  private func writeList() async throws { try await bench.succeed("ca", "crl", "--out", bench.file("crl.pem").path) }

  @Test func anOpenConnectionIsCutAndNewOnesAreRefused() async throws {
    try await writeList()
    let node = try await gateway("crl: crl.pem")
    defer { node.stop() }
    let camera = bench.identity("camera/site-2")
    let clients = try [
      TLSClient(node.link, identity: camera, "-alpn", "tacet/1"),
      TLSClient(node.grpc, identity: camera, "-alpn", "h2"),
    ]
    for client in clients { #expect(await client.says("New, TLSv1.3")) }
    let other = try TLSClient(node.link, identity: bench.identity("camera/site-1"), "-alpn", "tacet/1")
    #expect(await other.says("New, TLSv1.3"))
    try await Task.sleep(for: .seconds(2))
    #expect(clients.filter(\.isRunning).count == 2)

    try await bench.succeed("ca", "revoke", "--id", "camera/site-2", "--reason", "keyCompromise")
    let start = ContinuousClock.now
    try await writeList()
    #expect(await Patience.wait { clients.allSatisfy { !$0.isRunning } })
    let elapsed = ContinuousClock.now - start
    #expect(elapsed < .seconds(5), "cut after \(elapsed)")
    print("cut \(elapsed) after the list was asked for")
    #expect(await node.logs("reason=revoked", "rule=revoked", "camera/site-2"))
    #expect(node.refusals.count == 2, "\(node.refusals)")
    #expect(other.isRunning, "somebody else was cut")

    let again = try TLSClient(node.link, identity: camera, "-alpn", "tacet/1")
    #expect(await node.logs("reason=certificate", "rule=revoked"))
    #expect(await Patience.wait { !again.isRunning })
    // A certificate issued anew to the same camera is another one.
    try await bench.issue("camera/site-2")
    let renewed = try TLSClient(node.link, identity: camera, "-alpn", "tacet/1")
    #expect(await renewed.says("New, TLSv1.3"))
    #expect(!(await Patience.wait(.seconds(2)) { !renewed.isRunning }))
    #expect(node.stop() == 0)
    #expect(try wireRefusals() == ["revoked": 2, "certificate": 1])
  }

  @Test func aNodeWithoutItsListDoesNotStart() async throws {
    let configuration = try bench.writeGateway(further: "crl: crl.pem")
    let missing = try await Tacet.run("node", "run", "--config", configuration.path)
    #expect(missing.status == 66 && missing.errors.contains("crl.pem"), "\(missing.errors)")
    try Data("nonsense".utf8).write(to: bench.file("crl.pem"))
    let damaged = try await Tacet.run("node", "run", "--config", configuration.path)
    #expect(damaged.status == 65 && damaged.errors.contains("crl.pem"), "\(damaged.errors)")
  }

  /// The policy demands a list where there is none, and a proof of the log where there is none.
  @Test func whatThePolicyDemands() async throws {
    _ = try bench.writePolicy(replacing: ["version: 1": "version: 1\nidentity: {revocation: leaf}"])
    let first = try await gateway("")
    let refused = try await bench.python(first.grpc, identity: "controller/site-1", ["--kind", "COVER"])
    #expect(refused.status == 2)
    #expect(await first.logs("rule=revocation_list_missing"))
    first.stop()

    let shown = try await Tacet.run("ca", "log", "show", "--state", bench.authority.path, "--format", "json")
    let key = try #require(try shown.json()["key"] as? String)
    _ = try bench.writePolicy(
      replacing: ["version: 1": "version: 1\nidentity: {require_logged: true, log_key: \"\(key)\"}"])
    let second = try await gateway("")
    defer { second.stop() }
    let unproven = try await bench.python(second.grpc, identity: "controller/site-1", ["--kind", "COVER"])
    #expect(unproven.status == 2)
    #expect(await second.logs("rule=not_logged"))
    try await prove("controller/site-1", as: "controller/site-1")
    let proven = try await bench.python(second.grpc, identity: "controller/site-1", ["--kind", "COVER"])
    #expect(proven.status == 0, "\(proven.output) \(second.refusals)")
    // The proof of somebody else's certificate proves nothing.
    try await prove("camera/site-1", as: "camera/site-2")
    let other = try TLSClient(second.link, identity: bench.identity("camera/site-2"), "-alpn", "tacet/1")
    #expect(await second.logs("rule=not_logged_other_entry"))
    #expect(await Patience.wait { !other.isRunning })
  }

  /// Puts the proof of one certificate where that of another is looked for.
  private func prove(_ id: String, as other: String) async throws {
    let folder = bench.file("gateway-state/proofs")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let certificate = bench.identity(id).appendingPathComponent("cert.pem").path
    let serial = try await openssl("x509", "-in", certificate, "-noout", "-serial")
    let digest = try await openssl(
      "x509", "-in", bench.identity(other).appendingPathComponent("cert.pem").path, "-noout", "-fingerprint", "-sha256")
    let name = try #require(digest.split(separator: "=").last).filter(\.isHexDigit).lowercased()
    let number = try #require(serial.split(separator: "=").last).filter(\.isHexDigit)
    let proof = folder.appendingPathComponent(name).path
    try? FileManager.default.removeItem(atPath: proof)
    let result = try await Tacet.run(
      "ca", "log", "prove", "--serial", number, "--out", proof, "--state", bench.authority.path)
    try #require(result.status == 0, "\(result.errors)")
  }

  private func openssl(_ arguments: String...) async throws -> String {
    try await Tacet.run(URL(fileURLWithPath: "/usr/bin/openssl"), arguments).output
  }

  private func wireRefusals() throws -> [String: Int] {
    let text = try String(contentsOf: bench.file("gateway-state/journal.jsonl"), encoding: .utf8)
    let last = try #require(text.split(separator: "\n").last)
    let record = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    return try #require((record?["wire"] as? [String: Any])?["refusals"] as? [String: Int])
  }

  /// With an authority on the network, the command to revoke is all that it takes.
  @Test func whatTheAuthoritySaysCutsAnOpenConnection() async throws {
    let authority = try await RunningAuthority(bench)
    let node = try await gateway("authority: 127.0.0.1:\(authority.listen)")
    let client = try TLSClient(node.link, identity: bench.identity("camera/site-2"), "-alpn", "tacet/1")
    #expect(await client.says("New, TLSv1.3"))
    try await Task.sleep(for: .seconds(2))
    #expect(client.isRunning)
    try await bench.succeed("ca", "revoke", "--id", "camera/site-2", "--reason", "keyCompromise")
    let start = ContinuousClock.now
    #expect(await Patience.wait { !client.isRunning })
    let elapsed = ContinuousClock.now - start
    #expect(elapsed < .seconds(5), "cut after \(elapsed)")
    print("cut \(elapsed) after the revocation")
    #expect(await node.logs("reason=revoked", "rule=revoked", "camera/site-2"))
    #expect(node.stop() == 0)
    #expect(authority.stop() == 0)
  }

  /// The authority is asked for new lists as often as the policy says, not oftener.
  @Test(arguments: [("200ms", true), ("1h", false)])
  func listsAreFetchedAsOftenAsThePolicySays(refresh: String, isFetched: Bool) async throws {
    let authority = try await RunningAuthority(bench)
    _ = try bench.writePolicy(replacing: ["version: 1": "version: 1\nidentity: {refresh: \(refresh)}"])
    let node = try await gateway("authority: 127.0.0.1:\(authority.listen)")
    let lists = bench.file("gateway-state/authority-crl.pem")
    let atStart = try Data(contentsOf: lists)
    try await bench.succeed("ca", "revoke", "--id", "camera/site-2", "--reason", "keyCompromise")
    let isOther = await Patience.wait(.seconds(isFetched ? 10 : 4)) { (try? Data(contentsOf: lists)) != atStart }
    #expect(isOther == isFetched)
    #expect(node.stop() == 0)
    #expect(authority.stop() == 0)
  }

  // MARK: Renewal

  /// Certificates of a minute, renewed at the authority while the nodes run: the first ones expire meanwhile, no release of the site
  /// is lost, and no call of a gRPC client fails.
  @Test func certificatesOfAMinuteAreReplacedUnderLoad() async throws {
    let ids = ["gateway/gateway-1", "camera/site-1", "controller/site-1"]
    for id in ids { try await bench.issue(id, arguments: "--ttl", "60s") }
    let first = try ids.map(certificate)
    let authority = try await RunningAuthority(bench)
    let further = "authority: 127.0.0.1:\(authority.listen)"
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(
      configuration: try bench.writeGateway(start: start, further: further), log: log)
    defer { gateway.stop() }
    let site = try await RunningNode(
      configuration: try await bench.writeSite(gateway: gateway.link, start: start, further: further))
    defer { site.stop() }
    let calls = try await bench.python(gateway.grpc, identity: "camera/site-2", ["--repeat", "90"])
    let report = try calls.json()
    #expect(report["failed"] as? [String] == [])
    #expect(try #require(report["calls"] as? Int) > 300)
    #expect(site.stop() == 0)
    #expect(gateway.refusals.isEmpty, "\(gateway.refusals)")
    #expect(zip(first, try ids.map(certificate)).filter { $0 == $1 }.isEmpty, "one was not renewed")
    let names = try await bench.list().compactMap { $0["spiffe_id"] as? String }
    for id in ids { #expect(names.filter { $0.hasSuffix(id) }.count >= 3, "\(id) of \(names)") }
    let released = try steps("site-state", "forecast") { $0["release"] is String }
    let received = Set(try steps("gateway-state", "receipt") { _ in true })
    // The last one may not have been answered when the site was stopped.
    let lost = released.dropLast().filter { !received.contains($0) }
    #expect(released.count > 300)
    #expect(lost.isEmpty, "\(lost) of \(released.count)")
  }

  private func certificate(_ id: String) throws -> Data {
    try Data(contentsOf: bench.identity(id).appendingPathComponent("cert.pem"))
  }

  /// The steps of the records of a kind in a node's journal.
  private func steps(_ state: String, _ kind: String, where holds: ([String: Any]) -> Bool) throws -> [Int] {
    try String(contentsOf: bench.file("\(state)/journal.jsonl"), encoding: .utf8).split(separator: "\n").compactMap {
      let line = try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      guard let record = line?[kind] as? [String: Any], holds(record) else { return nil }
      return record["step"] as? Int
    }
  }
}
