import Foundation
import PostgresServer
import Testing

/// The ledger's commands, and a node, with the ledger on a real server.
@Suite(.enabled(if: PostgresCluster.programs != nil), .timeLimit(.minutes(5)))
final class PostgresCommandTests: Sendable {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-pg-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func ledger(_ arguments: [String], store: String?, state: String = "state") async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable,
      ["ledger"] + arguments + ["--state", path(state)] + (store.map { ["--store", $0] } ?? []))
  }

  private func setBudget(_ store: String?, state: String = "state") async throws {
    let budget = ["budget", "--device", "cam", "--epsilon", "2", "--delta", "1e-6"]
    let result = try await ledger(budget, store: store, state: state)
    try #require(result.status == 0, "\(result.errors)")
  }

  private func charge(_ release: String, store: String?) async throws -> Tacet.Result {
    try await ledger(
      ["charge", "--device", "cam", "--radius", "4", "--scale", "64", "--release", release], store: store)
  }

  /// Charges releases one after the other; how many were granted.
  private func granted(_ names: String, store: String?, state: String = "state") async throws -> Int {
    let input = path("\(names).jsonl")
    // Sixty releases fit no budget of this suite.
    try (0..<60).map { "{\"release\":\"\(names)/\($0)\"}\n" }.joined()
      .write(toFile: input, atomically: true, encoding: .utf8)
    let result = try await ledger(
      ["charge", "--device", "cam", "--radius", "4", "--scale", "64", "--input", input], store: store, state: state)
    #expect(result.status == 1, "\(result.errors)")
    return result.output.components(separatedBy: "\"granted\":true").count - 1
  }

  @Test func everyCommandReadsTheServer() async throws {
    let store = try PostgresCluster.shared.get().freshAddress()
    try await setBudget(store)
    for release in ["a", "b", "c"] { #expect(try await charge(release, store: store).status == 0) }
    #expect(!FileManager.default.fileExists(atPath: path("state/ledger/ledger.sqlite")))
    let shown = try await ledger(["show", "--device", "cam", "--format", "json"], store: store).json()
    #expect(shown["charges"] as? Int == 3)

    let checkpoint = try await ledger(["checkpoint"], store: store)
    #expect(checkpoint.output.contains("\n4\n"))
    let proof = try await ledger(["prove", "--index", "2", "--format", "json"], store: store).json()
    #expect((proof["leaf"] as? String)?.contains("\"release\":\"b\"") == true)
    let consistency = try await ledger(["prove", "--from", "1", "--to", "3", "--format", "json"], store: store).json()
    #expect(consistency["size"] as? Int == 3)
    #expect(consistency["from"] as? Int == 1)

    #expect(try await ledger(["verify"], store: store).status == 0)
    #expect(try await ledger(["export", "--out", path("export")], store: store).status == 0)
    let verified = try await ledger(
      ["verify", "--file", path("export"), "--key", path("state/ledger/key.pub"), "--format", "json"], store: nil)
    #expect(try verified.json()["size"] as? Int == 4)
    #expect(verified.status == 0)
  }

  /// Two gateways charge one device at once: together they are granted what one of them alone would be, by the file's own
  /// count.
  @Test func twoProcessesNeverOverspend() async throws {
    let store = try PostgresCluster.shared.get().freshAddress()
    try await setBudget(nil, state: "alone")
    let alone = try await granted("alone", store: nil, state: "alone")
    #expect(alone > 0 && alone < 60)
    try await setBudget(store)
    try FileManager.default.copyItem(atPath: path("state"), toPath: path("other"))
    async let first = granted("first", store: store)
    async let second = granted("second", store: store, state: "other")
    let sum = try await first + second
    #expect(sum == alone)
    #expect(try await ledger(["verify"], store: store).status == 0)
    #expect(try await charge("late", store: store).status == 1)
  }

  /// Callers share the server's commits: 64 get more done than one, and the bench says how much.
  @Test func manyCallersShareTheServersCommits() async throws {
    let store = try PostgresCluster.shared.get().freshAddress()
    let result = try await Tacet.run(
      "bench", "ledger", "--callers", "1", "--callers", "64", "--seconds", "1", "--folder", folder.path, "--store",
      store,
      "--format", "json")
    try #require(result.status == 0, "\(result.errors)")
    let results = try #require(try result.json()["results"] as? [[String: Any]])
    #expect(results.map { $0["name"] as? String }.last == "durable charges, 64 callers")
    let rates = results.compactMap { $0["per_second"] as? Double }
    try #require(rates.count == 3)
    #expect(rates[2] > 2 * rates[1])
  }

  @Test func aServerThatIsDownGrantsNothing() async throws {
    let cluster = try PostgresCluster()
    let store = try cluster.freshAddress()
    try await setBudget(store)
    #expect(try await charge("a", store: store).status == 0)
    try cluster.stop()
    let down = try await charge("b", store: store)
    #expect(down.status == 69)
    #expect(down.errors.contains("nothing was granted") && down.errors.contains("ask again"))
    #expect(down.errors.split(separator: "\n").count == 1)
    try cluster.start()
    #expect(try await charge("a", store: store).output.contains("charged before"))
    #expect(try await charge("b", store: store).status == 0)
    let shown = try await ledger(["show", "--device", "cam", "--format", "json"], store: store).json()
    #expect(shown["charges"] as? Int == 2)
  }

  @Test func wrongAddressesSayWhatIsWrong() async throws {
    let cluster = try PostgresCluster.shared.get()
    let store = try cluster.freshAddress()
    try await setBudget(store)
    try? cluster.query("CREATE ROLE \(PostgresCluster.lockedRole) LOGIN PASSWORD 'right'")
    let refused = try await charge(
      "a", store: store.replacingOccurrences(of: "mesh@", with: "\(PostgresCluster.lockedRole):hunter2@"))
    #expect(refused.status == 69)
    #expect(refused.errors.contains("password authentication failed") && !refused.errors.contains("hunter2"))
    let nowhere = try await charge("a", store: store.replacingOccurrences(of: "/postgres?", with: "/no_such?"))
    #expect(nowhere.status == 69)
    #expect(nowhere.errors.contains("no_such"))
    for malformed in ["mysql://u:hunter2@h/d", "postgres://u:hunter2@[h/d", "hunter2"] {
      let result = try await charge("a", store: malformed)
      #expect(result.status == 64)
      #expect(result.errors.contains("--store") && !result.errors.contains("hunter2"))
    }
    let keyless = try await ledger(["show"], store: store, state: "nowhere")
    #expect(keyless.status == 66)
    #expect(keyless.errors.contains("key"))
    let empty = try await ledger(["show"], store: try cluster.freshAddress())
    #expect(empty.status == 66)
  }

  /// A node file's `store`: what the camera releases is charged on the server, and nowhere else.
  @Test func aNodeKeepsItsLedgerOnTheServer() async throws {
    let store = try PostgresCluster.shared.get().freshAddress()
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let start = Date(timeIntervalSinceNow: 2)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(start: start))
    defer { gateway.stop() }
    let site = try await RunningNode(
      configuration: try await bench.writeSite(gateway: gateway.link, start: start, store: store))
    try await Task.sleep(for: .seconds(5))
    #expect(site.stop() == 0)
    let state = bench.file("site-state")
    #expect(!FileManager.default.fileExists(atPath: state.appendingPathComponent("ledger/ledger.sqlite").path))
    let verified = try await Tacet.run("ledger", "verify", "--store", store, "--state", state.path)
    #expect(verified.status == 0, "\(verified.errors)")
    let shown = try await Tacet.run("ledger", "show", "--store", store, "--state", state.path, "--format", "json")
    let devices = try #require(try shown.json()["devices"] as? [[String: Any]])
    let journal = try String(contentsOf: bench.file("gateway-state/journal.jsonl"), encoding: .utf8)
    let received = journal.split(separator: "\n").count { $0.contains("\"receipt\"") }
    #expect(received > 0)
    #expect(try #require(devices.first?["charges"] as? Int) >= received)
  }
}
