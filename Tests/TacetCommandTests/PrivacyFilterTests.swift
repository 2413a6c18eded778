import Foundation
import Testing

/// `tacet privacy filter`, and `privacy calibrate` for trips: what they print, and how they refuse.
@Suite final class PrivacyFilterTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-filter-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func filter(_ flags: String...) async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, ["privacy", "filter"] + flags)
  }

  private func workload(_ text: String) throws -> String {
    let file = folder.appendingPathComponent("\(UUID().uuidString).yaml")
    try Data(text.utf8).write(to: file)
    return file.path
  }

  @Test func identityAndExponential() async throws {
    let identity = try await filter("--taps", "1", "--format", "json").json()
    #expect(Set(identity.keys) == ["kind", "taps", "squared_norm", "norm"])
    #expect(identity["kind"] as? String == "identity" && identity["taps"] as? [Int] == [512])
    let report = try await filter("--taps", "12", "--decay", "0.6", "--norm", "100", "--format", "json").json()
    #expect(report["kind"] as? String == "exponential" && report["decay"] as? Double == 0.6)
    let taps = try #require(report["taps"] as? [Int])
    let square = taps.reduce(0) { $0 + $1 * $1 }
    #expect(taps.count == 12 && taps.first == 80)
    #expect(report["squared_norm"] as? Int == square && square <= 10_000 && square > 9_990)
    #expect(report["norm"] as? Int == 100)
    let signs = try await filter("--taps", "3", "--decay", "-0.5", "--format", "json").json()["taps"] as? [Int]
    #expect(signs?.map { $0.signum() } == [1, -1, 1])
    let text = try await filter("--taps", "2", "--decay", "1", "--norm", "5").output
    #expect(text.hasPrefix("exponential filter of 2 taps, squared norm 25, norm 5:\n["), "\(text)")
  }

  @Test func aDesignHasItsErrorsBesideIt() async throws {
    let file = try workload("steps: 24\nqueries:\n  - {sum: 8}\n  - {weights: [1], importance: 0.5}\n")
    let report = try await filter("--taps", "6", "--workload", file, "--mu", "0.5", "--format", "json").json()
    #expect(Set(report.keys) == ["kind", "taps", "squared_norm", "norm", "workload"])
    #expect(report["kind"] as? String == "optimised" && (report["taps"] as? [Int])?.count == 6)
    #expect(report["norm"] as? Int == 512)
    let errors = try #require(report["workload"] as? [String: Any])
    #expect(
      Set(errors.keys) == [
        "mu", "steps", "receiver", "error", "identity_error", "exponential_error", "exponential_decay",
      ])
    #expect(errors["receiver"] as? String == "unbiased" && errors["steps"] as? Int == 24)
    let error = try #require(errors["error"] as? Double)
    let exponential = try #require(errors["exponential_error"] as? Double)
    let identity = try #require(errors["identity_error"] as? Double)
    #expect(0 < error && error <= exponential && exponential <= identity)
    // Noise on the identity is 2 counts a number: mean squares 4 · (8 − 28/24) for the sum, 4 for the other, weighed 2 : 1.
    #expect(abs(identity * identity - (2 * 4 * (8 - 28.0 / 24) + 4) / 3) < 1e-9)
    let text = try await filter("--taps", "6", "--workload", file).output
    #expect(text.contains("error over 24 steps at μ = 1.0 a passage, unbiased receiver: "), "\(text)")
    let known = try workload("steps: 12\nqueries: [{sum: 4}]\nautocovariance: [4, 2, 1]\n")
    let other = try await filter("--taps", "3", "--workload", known, "--format", "json").json()
    #expect((other["workload"] as? [String: Any])?["receiver"] as? String == "least-squares")
  }

  @Test func filterRefuses() async throws {
    let file = try workload("steps: 5\nqueries: [{sum: 2}]\n")
    for flags in [
      [], ["--taps", "0"], ["--taps", "65", "--decay", "0.5"], ["--taps", "2"], ["--taps", "2", "--decay", "2"],
      ["--taps", "2", "--decay", "nan"], ["--taps", "1", "--norm", "0"], ["--taps", "1", "--norm", "16384"],
      ["--taps", "1", "--mu", "1"], ["--taps", "2", "--workload", file, "--mu", "0"],
      ["--taps", "2", "--workload", file, "--decay", "0.5"], ["--taps", "x"],
    ] {
      let result = try await Tacet.run(Tacet.executable, ["privacy", "filter"] + flags)
      #expect(result.status == 64, "\(flags): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    let bad = try workload("steps: 5\nqueries:\n  - sum: 2\n  - sum: 6\n")
    let result = try await filter("--taps", "2", "--workload", bad)
    #expect(result.status == 65 && result.errors.contains("\(bad):4: "), "\(result.errors)")
    #expect(try await filter("--taps", "2", "--workload", "/nonexistent").status == 66)
  }

  private func calibrate(_ flags: String...) async throws -> Tacet.Result {
    let unit = ["--unit", "contribution", "--delta", "1e-6"]
    return try await Tacet.run(Tacet.executable, ["privacy", "calibrate"] + unit + flags)
  }

  @Test func aTripIsCalibrated() async throws {
    let report = try await calibrate("--passages", "4", "--epsilon", "8", "--dimension", "6", "--format", "json").json()
    #expect(report["unit"] as? String == "contribution")
    #expect(report["passages"] as? Int == 4 && report["norm"] as? Int == 512 && report["bound"] as? Int == 1)
    #expect(report["sensitivity"] as? Int == 512 && report["steps"] as? Int == 1)
    func number(_ key: String) throws -> Double { try #require(report[key] as? Double, "\(key)") }
    #expect(abs(try number("mu_per_trip") / number("mu_per_passage") - 2) < 1e-12)
    #expect(try number("mu_per_passage") <= number("largest_mu"))
    #expect(try number("epsilon_per_trip") <= 8 && number("epsilon_per_passage") < number("epsilon_per_trip"))
    let scale = try #require(report["scale"] as? Int)
    #expect((report["options"] as? [[String: Any]])?.first?["scale"] as? Int == scale)
    let finer = try await calibrate("--passages", "4", "--epsilon", "8", "--dimension", "6", "--scale", "\(scale - 1)")
    #expect(finer.status == 1 && finer.errors.contains("no scale fits"))
    let text = try await calibrate("--passages", "4", "--epsilon", "8", "--norm", "13", "--bound", "2").output
    #expect(text.contains("recommended: --scale ") && text.contains("the trip μ = "), "\(text)")
    // What is known by its sensitivity still is.
    let window = try await calibrate("--sensitivity", "13", "--epsilon", "4", "--windows", "1", "--steps", "2880")
    #expect(window.status == 0 && window.output.contains("recommended: --scale 16"))
  }

  @Test func calibrateRefusesTrips() async throws {
    for flags in [
      ["--passages", "0"], ["--passages", "2", "--windows", "1"], ["--passages", "2", "--sensitivity", "1"],
      ["--passages", "2", "--releases", "1"], ["--passages", "2", "--norm", "0"], ["--passages", "2", "--bound", "0"],
      ["--passages", "2", "--norm", "16383", "--bound", "9"], ["--passages", "2", "--steps", "0"],
      ["--norm", "13", "--sensitivity", "13", "--windows", "1", "--steps", "1"],
      ["--bound", "1", "--sensitivity", "13", "--windows", "1", "--steps", "1"],
      ["--passages", "2", "--unit", "any-input", "--releases", "1"], ["--passages", "2000000"],
    ] {
      let result = try await Tacet.run(
        Tacet.executable,
        ["privacy", "calibrate", "--unit", "contribution", "--epsilon", "8", "--delta", "1e-6"] + flags)
      #expect(result.status == 64, "\(flags): \(result.errors)")
    }
    #expect(try await calibrate("--passages", "1000", "--epsilon", "0.001").status == 1)
  }
}
