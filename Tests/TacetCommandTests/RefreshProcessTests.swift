import Foundation
import Testing

/// A refresh of the student between processes: a device's part, what a gateway makes of it, and what the device takes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RefreshProcessTests {
  /// A policy whose rounds are short, and whose noise a single device's part can be heard through.
  private static let section = """

    refresh: {every: 20, event: 30s, clip: 16, reach: 7, passages: 1, scale: 8, rule: mean, byzantine: 0, canary: 5}
    """
  /// Occupancy that rises by 1 % in each bin, for an hour: no student was trained on that.
  private static let rising =
    "numpy.concatenate([data[:2, :, %@, :12], numpy.broadcast_to((numpy.arange(360) * 10 %% 1200)"
    + ".astype(data.dtype).reshape(%@), data[:2, :, %@, :1].shape), data[:2, :, %@, 13:]], axis=-1)"

  private func prepare() async throws -> Bench {
    let bench = try await Bench()
    _ = try bench.writePolicy(replacing: [
      "camera: [release]": "camera: [release, refresh]", "epsilon: 400": "epsilon: 1000",
      "\ntrust:": Self.section + "\ntrust:",
    ])
    let key = try await Tacet.run(
      "model", "key", "--name", "models.city.example", "--out", bench.file("models.key").path)
    try #require(key.status == 0, "\(key.errors)")
    let script = """
      import numpy, sys
      data = numpy.load(sys.argv[1])
      numpy.save(sys.argv[2], \(Self.sensor(":", "1, 360, 1, 1")))
      """
    let result = try await Tacet.run(
      Tacet.project.appendingPathComponent(".tools/python/bin/python"),
      [
        "-c", script, Tacet.project.appendingPathComponent("Fixtures/traffic/test.npy").path,
        bench.file("hold-out.npy").path,
      ])
    try #require(result.status == 0, "\(result.errors)")
    return bench
  }

  private static func sensor(_ site: String, _ shape: String) -> String {
    String(format: rising, site, shape, site, site)
  }

  private func records(_ journal: URL, _ kind: String) -> [[String: Any]] {
    let text = (try? String(contentsOf: journal, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }.compactMap { $0[kind] as? [String: Any] }
  }

  @Test func aDevicesPartIsChargedPublishedAndTaken() async throws {
    let bench = try await prepare()
    let start = Date(timeIntervalSinceNow: 4)
    let gateway = try await RunningNode(
      configuration: try bench.writeGateway(
        start: start, further: "refresh: {log: models.log, key: models.key, hold_out: hold-out.npy}"))
    defer { gateway.stop() }
    let configuration = try await bench.writeSite(
      gateway: gateway.link, start: start, sensor: Self.sensor("0", "1, 360, 1"),
      further: "students: {key: models.key.pub}")
    let site = try await RunningNode(configuration: configuration)
    let journal = bench.file("site-state/journal.jsonl")
    #expect(await Patience.wait(.seconds(40)) { !records(journal, "student").isEmpty })
    #expect(site.stop() == 0)

    let round = try #require(records(bench.file("gateway-state/journal.jsonl"), "refresh").first)
    #expect(round["round"] as? Int == 0 && round["revision"] as? Int == 1, "\(round)")
    #expect(round["devices"] as? [String] == ["camera/site-1"])
    let (before, after) = (round["error_before"] as? Double ?? 0, round["error_after"] as? Double ?? 0)
    #expect(after < before)
    let taken = try #require(records(journal, "student").first)
    #expect(taken["outcome"] as? String == "taken" && taken["revision"] as? Int == 1, "\(taken)")

    let log = try await Tacet.run(
      "model", "log", "--log", bench.file("models.log").path, "--key", bench.file("models.key.pub").path, "--format",
      "json")
    let entries = try #require(try log.json()["entries"] as? [[String: Any]])
    #expect(entries.first?["revision"] as? Int == 1 && entries.first?["model"] as? String == "traffic")
    let charges = try await Tacet.run("ledger", "show", "--state", bench.file("site-state").path, "--format", "json")
    #expect(charges.status == 0)
    let verified = try await Tacet.run("ledger", "verify", "--state", bench.file("site-state").path)
    #expect(verified.status == 0, "\(verified.output)")
    let exported = bench.file("export")
    let export = try await Tacet.run(
      "ledger", "export", "--state", bench.file("site-state").path, "--out", exported.path)
    #expect(export.status == 0)
    let text = try String(contentsOf: exported, encoding: .utf8)
    #expect(text.contains("/refresh/0") && text.contains("\"sensitivity\":224"))
  }

  /// What a gateway says is not believed without its proof: devices that have another key keep the student that they were given.
  @Test func aStudentOfAnotherLogIsNotTaken() async throws {
    let bench = try await prepare()
    let other = try await Tacet.run(
      "model", "key", "--name", "models.city.example", "--out", bench.file("other.key").path)
    #expect(other.status == 0)
    let start = Date(timeIntervalSinceNow: 4)
    let gateway = try await RunningNode(
      configuration: try bench.writeGateway(
        start: start, further: "refresh: {log: models.log, key: other.key, hold_out: hold-out.npy}"))
    defer { gateway.stop() }
    let configuration = try await bench.writeSite(
      gateway: gateway.link, start: start, sensor: Self.sensor("0", "1, 360, 1"),
      further: "students: {key: models.key.pub}")
    let log = bench.file("site.log")
    let site = try await RunningNode(configuration: configuration, log: log)
    #expect(
      await Patience.wait(.seconds(40)) {
        (try? String(contentsOf: log, encoding: .utf8))?.contains("a student was not believed") ?? false
      })
    #expect(site.stop() == 0)
    #expect(records(bench.file("site-state/journal.jsonl"), "student").isEmpty)
  }
}
