import Foundation
import Testing

/// `tacet report`: what each ε buys, over recordings and model packs of any domain.
@Suite(.timeLimit(.minutes(5))) final class ReportCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "tacet-prices-\(UUID().uuidString.prefix(8))")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private static func fixture(_ name: String) -> String {
    Tacet.project.appendingPathComponent("Fixtures/\(name)").path
  }

  private func report(_ arguments: [String], out: String = "out") async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, ["report", "--out", path(out)] + arguments)
  }

  private static let traffic = ["--recording", fixture("traffic/test.npy"), "--model"]

  /// A recording of numbers that are made up, [runs, bins, 2 sites, 3 features]: counts, a wave, and the counts' memory.
  private func recording(
    runs: Int = 2, bins: Int = 60, name: String = "recording.npy"
  ) throws -> [String] {
    let (sites, features) = (2, 3)
    var header = "{'descr': '<u2', 'fortran_order': False, 'shape': (\(runs), \(bins), \(sites), \(features)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8))
    for index in 0..<runs * bins * sites * features {
      let value = UInt16(index * index % 23 + index % 7)
      data.append(contentsOf: [UInt8(value & 0xFF), UInt8(value >> 8)])
    }
    let file = folder.appendingPathComponent(name)
    try data.write(to: file)
    return ["--recording", file.path]
  }

  /// A pack of counts of another domain, with bins of hours and steps of a quarter of a day: the tiny one, named anew.
  private func clinics(unit: String = "patients", name: String = "clinics") throws -> String {
    let pack = folder.appendingPathComponent(name)
    try? FileManager.default.copyItem(
      at: URL(fileURLWithPath: Self.fixture("models/tiny-counts")), to: pack)
    let manifest = pack.appendingPathComponent("manifest.yaml")
    var text = try String(contentsOf: manifest, encoding: .utf8)
    for (old, new) in [
      ("model: tiny-counts", "model: clinics"), ("step_seconds: 30", "step_seconds: 3600"),
      ("bin_seconds: 10", "bin_seconds: 1200"), ("name: occupancy, unit: \"%\"", "name: waiting, unit: \(unit)"),
      ("name: vehicles", "name: arrivals"), ("name: jam", "name: staff"), ("name: occupancy", "name: waiting"),
    ] {
      text = text.replacingOccurrences(of: old, with: new)
    }
    try text.write(to: manifest, atomically: true, encoding: .utf8)
    return pack.path
  }

  private func policy(_ privacy: String) throws -> String {
    var text = try String(
      contentsOf: Tacet.project.appendingPathComponent("Policies/strict.yaml"), encoding: .utf8)
    let start = try #require(text.range(of: "privacy:"))
    let end = try #require(text.range(of: "message:"))
    text.replaceSubrange(start.lowerBound..<end.lowerBound, with: "privacy:\n\(privacy)\n\n")
    try text.write(toFile: path("policy.yaml"), atomically: true, encoding: .utf8)
    return path("policy.yaml")
  }

  private func packs(_ result: Tacet.Result) throws -> [[String: Any]] {
    try #require(try result.json()["packs"] as? [[String: Any]], "\(result.errors)")
  }

  private func rows(_ result: Tacet.Result, pack: Int = 0) throws -> [[String: Any]] {
    try #require(packs(result)[pack]["prices"] as? [[String: Any]])
  }

  private func column(_ rows: [[String: Any]], _ name: String) -> [Double] { rows.compactMap { $0[name] as? Double } }

  private func errors(_ rows: [[String: Any]], _ name: String) -> [Double] {
    rows.compactMap { ($0["mae"] as? [String: Double])?[name] }
  }

  /// ε at δ = 1e-6 of so many windows with this sensitivity and noise.
  private func epsilon(_ sensitivity: Int, _ sigma: Int, _ count: Int) async throws -> Double {
    let line = #"{"releases":[{"sensitivity":\#(sensitivity),"sigma":\#(sigma),"count":\#(count)}]}"#
    try Data(line.utf8).write(to: URL(fileURLWithPath: path("history")))
    let result = try await Tacet.run("privacy", "epsilon", "--delta", "1e-6", "--input", path("history"))
    return try #require(try result.json()["epsilon"] as? Double)
  }

  /// The figure of a pack's README in the row of this name: what the script that trained it measured, with another runtime and
  /// another sampler.
  private func measured(_ pack: String, _ name: String) throws -> Double {
    let readme = try String(contentsOfFile: Self.fixture("models/\(pack)/README.md"), encoding: .utf8)
    let rows = readme.split(separator: "\n").map {
      $0.split(separator: "|").map { $0.trimmingPrefix(while: \.isWhitespace) }
    }
    let row = try #require(rows.first { $0.first?.hasPrefix("\(name) ") ?? false }, "\(name)")
    return try #require(row.dropFirst().first.flatMap { Double($0.filter { $0 != " " }) }, "\(row)")
  }

  /// Compares five rows, of which the third has this μ, with a pack's README. One draw of the noise is within 3 % of the training's mean of
  /// five: some six times what draws differ by.
  private func expectErrors(
    _ rows: [[String: Any]], of pack: String, mu: Double
  ) throws -> (student: Double, unnoised: Double) {
    let (student, unnoised) = (try measured(pack, "student"), try measured(pack, "mesh, its noise left out"))
    for (name, expected) in try [
      ("student", student), ("last_value", measured(pack, "last value")), ("reference", unnoised),
    ] {
      #expect(errors(rows, name).count == 5)
      for value in errors(rows, name) { #expect(abs(value - expected) < 1e-4, "\(name) \(value)") }
    }
    let noised = errors(rows, "mesh")
    let expected = try measured(pack, "mesh, μ = \(mu.formatted())")
    #expect(abs(noised[2] / expected - 1) < 0.03, "\(noised)")
    #expect(noised[0] > noised[1] && noised[1] > noised[2])
    return (student, unnoised)
  }

  @Test func activationsAreWorthWhatTheirTrainingSaid() async throws {
    let result = try await report(Self.traffic + [Self.fixture("models/traffic"), "--format", "json"])
    #expect(result.status == 0, "\(result.errors)")
    _ = try expectErrors(try rows(result), of: "traffic", mu: 1)
  }

  /// Both domains of the fixtures, with steps of 30 s and of a day.
  @Test(arguments: [
    (pack: "traffic-counts", data: "traffic", steps: 1610, sigma: 64, windowsOfADay: 26),
    (pack: "clinics", data: "clinics", steps: 1498, sigma: 128, windowsOfADay: 1),
  ])
  func aPackIsWorthWhatItsTrainingSaid(
    pack: String, data: String, steps: Int, sigma: Int, windowsOfADay: Int
  ) async throws {
    let policy = Tacet.project.appendingPathComponent("Policies/\(data).yaml").path
    let result = try await report(
      [
        "--recording", Self.fixture("\(data)/test.npy"), "--model", Self.fixture("models/\(pack)"), "--policy", policy,
        "--format", "json",
      ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try packs(result)[0]["steps"] as? Int == steps)
    let (rows, mu) = (try rows(result), 64 / Double(sigma))
    let (student, unnoised) = try expectErrors(rows, of: pack, mu: mu)
    let noised = errors(rows, "mesh")
    let kept = (student - noised[2]) / (student - unnoised) * 100
    #expect(abs(column(rows, "gain_kept_percent")[2] / kept - 1) < 0.01)
    // 14 runs, each a window; those of a day; one passage; a trip of four. Scales above 64 have a little more noise than asked for.
    for (name, windows) in [
      ("epsilon_run", 14), ("epsilon_day", windowsOfADay), ("epsilon_passage", 1), ("epsilon_trip", 4),
    ] {
      let (found, exact) = (column(rows, name)[2], try await epsilon(64, sigma, windows))
      #expect(found <= exact * (1 + 1e-9) && found > 0.99 * exact, "\(name)")
    }
    guard data != "traffic" else { return }
    let page = try String(contentsOfFile: path("out/report.html"), encoding: .utf8)
    for word in ["vehicle", "camera", "traffic", "occupancy"] { #expect(!page.contains(word), "\(word)") }
  }

  @Test func bothUnitsAreInOneReport() async throws {
    let arguments =
      Self.traffic + [
        Self.fixture("models/traffic-counts"), "--model", Self.fixture("models/traffic"), "--hours", "1",
      ]
    let result = try await report(arguments + ["--format", "json"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let written = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appendingPathComponent("out/report.json")))
    #expect(NSDictionary(dictionary: try result.json()) == written as? NSDictionary)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path("out")).sorted() == ["report.html", "report.json"])
    let packs = try packs(result)
    #expect(packs.map { $0["unit"] as? String } == ["contribution", "any-input"])
    #expect(packs.allSatisfy { $0["steps"] as? Int == 120 })
    for (index, sigmas) in [(0, [256, 128, 64, 32, 16]), (1, [64, 64, 64, 64, 64])] {
      let rows = try rows(result, pack: index)
      let sensitivities = index == 0 ? [64, 64, 64, 64, 64] : [16, 32, 64, 128, 256]
      // 115 steps are a run: two windows in an hour, or 120 releases.
      for (row, (sensitivity, sigma)) in zip(rows, zip(sensitivities, sigmas)) {
        let expected = try await epsilon(sensitivity, sigma, index == 0 ? 2 : 120)
        let found = try #require(row["epsilon_run"] as? Double)
        // Scales above 64 are drawn with a little more noise than asked for.
        #expect(found <= expected && found > 0.99 * expected)
      }
      #expect(column(rows, "epsilon_trip").count == (index == 0 ? 5 : 0))
    }
    let text = try await report(arguments)
    #expect(text.output.contains("MAE of occupancy, %: student") && text.output.contains("trained for"))
  }

  /// Nothing of it is of traffic: bins of 20 min, steps of an hour, three passages of an individual in a window of a day.
  @Test func anotherDomain() async throws {
    let policy = try policy(
      """
        unit: contribution
        filter: [2, 1]
        passages: 3
        bound: 1
        steps: 72
        scale: 8
        budget: {epsilon: 8, delta: 1.0e-6, window: 24h}
      """)
    let result = try await report(
      try recording(bins: 98) + ["--model", clinics(), "--policy", policy, "--format", "json"])
    #expect(result.status == 0, "\(result.errors)")
    let pack = try packs(result)[0]
    // 98 bins are 32 steps, the first with its window, all with the two bins that they forecast.
    #expect(pack["steps"] as? Int == 64 && pack["step_seconds"] as? Int == 3600)
    #expect((pack["target"] as? [String: String]) == ["name": "waiting", "unit": "patients"])
    let rows = try rows(result)
    // There is no scale below 8: as little noise as it was trained for.
    #expect(column(rows, "mu").count == 3)
    // Windows of 24 steps, which end with their run of 32: two runs have four. Δ = √(9 · 5), of one passage √5, both rounded up.
    for (name, sensitivity, windows) in [
      ("epsilon_run", 7, 4), ("epsilon_day", 7, 1), ("epsilon_passage", 3, 1), ("epsilon_trip", 3, 4),
    ] {
      #expect(try await abs(column(rows, name)[2] - epsilon(sensitivity, 8, windows)) < 1e-9, "\(name)")
    }
    let page = try String(contentsOfFile: path("out/report.html"), encoding: .utf8)
    #expect(page.contains("MAE of waiting, patients"))
    for word in ["vehicle", "camera", "traffic", "occupancy", "junction", "road"] {
      #expect(!page.contains(word) && !result.output.contains(word), "\(word)")
    }
  }

  /// A run says nothing about another: the same run twice has the errors of one.
  @Test func everyRunBeginsAnew() async throws {
    let pack = try clinics()
    let one = try rows(try await report(try recording(runs: 1) + ["--model", pack, "--format", "json"]))
    let twice = folder.appendingPathComponent("recording.npy")
    var data = try Data(contentsOf: twice)
    let values = data.suffix(60 * 2 * 3 * 2)
    data.append(values)
    let range = try #require(data.range(of: Data("(1, ".utf8)))
    data.replaceSubrange(range, with: Data("(2, ".utf8))
    try data.write(to: twice)
    let two = try rows(try await report(["--recording", twice.path, "--model", pack, "--format", "json"]))
    for name in ["student", "reference", "last_value"] {
      #expect(abs(errors(one, name)[0] - errors(two, name)[0]) < 1e-9, "\(name)")
    }
  }

  @Test func whatDoesNotFitIsRefused() async throws {
    let (recording, pack) = (try recording(), try clinics())
    let (nothing, filter) = (
      path("nothing"), try policy("  unit: any-input\n  radius: 32\n  scale: 64\n  budget: {epsilon: 8, delta: 1.0e-6}")
    )
    let garbage = path("garbage.npy")
    try Data("no numbers".utf8).write(to: URL(fileURLWithPath: garbage))
    for (status, arguments): (Int32, [String]) in [
      (64, recording), (64, ["--model", pack]), (64, recording + ["--model", pack, "--hours", "0"]),
      (64, recording + ["--model", pack, "--hours", "nan"]), (64, recording + ["--model", pack, "--hours", "0.9"]),
      (64, recording + ["--model", pack, "--delta", "1"]),
      (64, recording + Array(repeating: ["--model", pack], count: 9).joined()),
      (66, ["--recording", nothing, "--model", pack]), (66, recording + ["--model", nothing]),
      (66, recording + ["--model", pack, "--policy", nothing]), (65, ["--recording", garbage, "--model", pack]),
      (65, recording + ["--model", Self.fixture("models/traffic-counts")]),
      // A policy of another unit than any pack; packs of two targets.
      (65, recording + ["--model", pack, "--policy", filter]),
      (65, recording + ["--model", pack, "--model", try clinics(unit: "visits", name: "others")]),
      (65, try self.recording(bins: 4, name: "short.npy") + ["--model", pack]),
    ] {
      let result = try await report(arguments)
      #expect(result.status == status, "\(arguments) \(result.errors)")
      #expect(result.output.isEmpty && !result.errors.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: path("out")), "\(arguments)")
    }
  }

  @Test func aPolicyForAnotherFilterIsRefused() async throws {
    let policy = try policy(
      "  unit: contribution\n  filter: [2, 2]\n  passages: 1\n  bound: 1\n  steps: 72\n  scale: 8\n"
        + "  budget: {epsilon: 8, delta: 1.0e-6}")
    let result = try await report(try recording() + ["--model", clinics(), "--policy", policy])
    #expect(result.status == 65 && result.errors.contains("filter"), "\(result.errors)")
  }

  @Test func whatCannotBeWrittenIsFoundFirst() async throws {
    let result = try await Tacet.run(
      Tacet.executable, ["report", "--out", "/proc/report", "--model", clinics()] + recording())
    #expect(result.status == 74 && result.errors.contains("/proc/report"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }
}
