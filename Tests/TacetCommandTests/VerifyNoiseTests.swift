import Foundation
import Testing

/// `tacet verify noise` on policies of both units.
@Suite(.timeLimit(.minutes(5))) struct VerifyNoiseTests {
  private static let window = """
    privacy:
      unit: contribution
      filter: [10, 6, 4]
      passages: 2
      bound: 1
      steps: 2880
      scale: 32
      budget: {epsilon: 8, delta: 1.0e-5, window: 24h}

    message:
    """

  /// The traffic policy, with another privacy section if there is one. `body` gets its path.
  private func withPolicy<Result>(_ privacy: String?, _ body: (String) async throws -> Result) async throws -> Result {
    let source = Tacet.project.appendingPathComponent("Policies/strict.yaml")
    var text = try String(contentsOf: source, encoding: .utf8)
    if let privacy {
      let start = try #require(text.range(of: "privacy:"))
      let end = try #require(text.range(of: "message:"))
      text.replaceSubrange(start.lowerBound..<end.upperBound, with: privacy)
    }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("noise-\(UUID().uuidString).yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await body(file.path)
  }

  private func noise(_ privacy: String?, _ arguments: String...) async throws -> Tacet.Result {
    try await withPolicy(privacy) {
      try await Tacet.run(Tacet.executable, ["verify", "noise", "--policy", $0] + arguments)
    }
  }

  @Test("Counts of individuals hold: 400 trials, false alarm 1e-9")
  func contribution() async throws {
    let result = try await noise(Self.window, "--trials", "400", "--dimension", "2", "--format", "json")
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let report = try result.json()
    #expect(Set(report.keys) == ["holds", "verdict", "reasons", "subject", "trials", "false_alarm_rate", "attacks"])
    #expect(report["holds"] as? Bool == true && report["verdict"] as? String == "holds")
    #expect(report["trials"] as? Int == 400 && report["false_alarm_rate"] as? Double == 1e-9)
    let subject = try #require(report["subject"] as? [String: Any])
    #expect(subject["unit"] as? String == "contribution" && subject["sensitivity"] as? Int == 25)
    #expect(subject["steps"] as? Int == 2880 && subject["audited_steps"] as? Int == 4)
    #expect(subject["delta"] as? Double == 1e-5 && subject["mu"] as? Double == 25.0 / 32)
    let attacks = try #require(report["attacks"] as? [[String: Any]])
    #expect(attacks.count == 7)
    for attack in attacks {
      #expect(attack["verdict"] as? String == "holds")
      let mu = try #require(attack["mu"] as? [String: Double])
      #expect(Set(mu.keys) == ["estimate", "low", "high", "bound", "p_value", "detectable"])
      #expect(try #require(mu["detectable"]) > (try #require(attack["claim"] as? Double)))
      #expect((attack["epsilon"] as? [String: Double])?["claim"] != nil)
      let found = try #require(attack["noise"] as? [String: Any])
      #expect(abs(try #require(found["variance_ratio"] as? Double) - 1) < 0.2)
      #expect(found["serial_correlation"] != nil && found["ties_expected"] != nil)
    }
  }

  /// The table that devices draw from: which it is depends on the budget, and on how many numbers there are. `ledger charge` says the same.
  @Test(
    "The device's own noise table is attacked: 120 trials of each attack",
    arguments: [
      // Windows of 2880 · 2 numbers of weight 32: well within the share of the 64-bit table, beyond it, and from one to the other.
      (8.0, 1e-5, [64]), (30, 1e-9, [128]), (10, 1e-7, [64, 128]),
    ])
  func tables(epsilon: Double, delta: Double, tables: [Int]) async throws {
    let privacy = Self.window.replacing("epsilon: 8, delta: 1.0e-5", with: "epsilon: \(epsilon), delta: \(delta)")
    let result = try await noise(privacy, "--trials", "120", "--dimension", "2", "--format", "json")
    let attacks = try #require(try result.json()["attacks"] as? [[String: Any]], "\(result.errors)")
    #expect(attacks.compactMap { $0["precision"] as? Int } == tables.flatMap { Array(repeating: $0, count: 7) })
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("noise-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = ["--state", folder.path, "--device", "cam"]
    _ = try await Tacet.run(
      Tacet.executable,
      ["ledger", "budget", "--epsilon", "\(epsilon)", "--delta", "\(delta)", "--window", "24h"] + ledger)
    var drawn: [Int] = []
    for number in 0..<100 {
      let charge = try await Tacet.run(
        Tacet.executable,
        ["ledger", "charge", "--unit", "contribution", "--sensitivity", "25", "--scale", "32", "--dimension", "2"]
          + ["--steps", "2880", "--release", "w\(number)", "--format", "json"] + ledger)
      guard charge.status == 0 else { break }
      let bits = try #require(try charge.json()["precision"] as? Int)
      if drawn.last != bits { drawn.append(bits) }
    }
    #expect(drawn == tables)
  }

  @Test("Tables that are asked for are attacked, and no others", arguments: [["64"], ["128"], ["128", "64"]])
  func tablesByFlag(bits: [String]) async throws {
    let flags = bits.flatMap { ["--precision", $0] }
    let result = try await withPolicy(nil) {
      try await Tacet.run(
        Tacet.executable, ["verify", "noise", "--policy", $0, "--trials", "200", "--format", "json"] + flags)
    }
    let attacks = try #require(try result.json()["attacks"] as? [[String: Any]], "\(result.errors)")
    let expected = bits.compactMap { Int($0) }.sorted().flatMap { Array(repeating: $0, count: 6) }
    #expect(attacks.compactMap { $0["precision"] as? Int } == expected)
  }

  @Test("Noised activations hold: 1000 trials, false alarm 1e-12")
  func anyInput() async throws {
    let result = try await noise(nil, "--trials", "1000", "--alpha", "1e-12")
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    for text in ["verdict: holds", "unit any-input", "at most 1e-12", "1,000 trials", "farthest pair"] {
      #expect(result.output.contains(text), "\(text)")
    }
  }

  @Test("Too few trials are no proof: exit 1", arguments: [window, nil])
  func tooFewTrials(privacy: String?) async throws {
    let result = try await noise(privacy, "--trials", "30", "--format", "json")
    #expect(result.status == 1, "\(result.errors)")
    let report = try result.json()
    #expect(report["holds"] as? Bool == false && report["verdict"] as? String == "incomplete")
    #expect((report["reasons"] as? [String])?.isEmpty == false)
  }

  @Test(arguments: [
    ["--trials", "0"], ["--trials", "x"], ["--alpha", "0"], ["--alpha", "1"], ["--alpha", "nan"], ["--dimension", "0"],
    ["--dimension", "129"], ["--format", "xml"], ["--precision", "32"],
  ])
  func whatCannotBeIsUsage(arguments: [String]) async throws {
    let result = try await withPolicy(Self.window) {
      try await Tacet.run(Tacet.executable, ["verify", "noise", "--policy", $0] + arguments)
    }
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test func whatIsNoPolicyIsBadInput() async throws {
    let result = try await noise("privacy:\n  unit: contribution\n\nmessage:")
    #expect(result.status == 65 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("filter"))
    #expect(try await Tacet.run("verify", "noise", "--policy", "/nonexistent.yaml").status == 66)
    #expect(try await Tacet.run("verify", "noise").status == 64)
  }
}
