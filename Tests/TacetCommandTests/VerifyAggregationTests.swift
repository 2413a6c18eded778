import Foundation
import Testing

/// `tacet verify aggregation` over the traffic model, with rules that hold and one that does not.
@Suite(.timeLimit(.minutes(10))) struct VerifyAggregationTests {
  private func verify(_ arguments: String...) async throws -> Tacet.Result {
    let fixtures = Tacet.project.appendingPathComponent("Fixtures")
    return try await Tacet.run(
      Tacet.executable,
      [
        "verify", "aggregation", "--model", fixtures.appendingPathComponent("models/traffic-counts").path,
        "--recording", fixtures.appendingPathComponent("traffic/test.npy").path, "--format", "json",
      ] + arguments)
  }

  private func rows(_ result: Tacet.Result) throws -> [[String: Any]] {
    try #require(try result.json()["rows"] as? [[String: Any]])
  }

  @Test func robustRulesHoldUnderEveryAttack() async throws {
    let result = try await verify("--steps", "12")
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let report = try result.json()
    #expect(
      Set(report.keys) == [
        "holds", "model", "gateways", "steps", "missed", "seed", "allowed_loss", "mae_student", "mae_mesh", "rows",
      ])
    #expect(report["holds"] as? Bool == true && report["gateways"] as? Int == 6)
    let rows = try rows(result)
    #expect(rows.count == 6 * 10)
    for row in rows where row["rule"] as? String != "mean" {
      #expect(row["decides"] as? Bool == true && row["holds"] as? Bool == true && row["refused"] as? Int == 0)
    }
    let collusion = rows.filter { $0["attack"] as? String == "collusion" && $0["rule"] as? String == "mean" }
    #expect(try #require(collusion.first?["mae"] as? Double) > 100)
    #expect(collusion.first?["decides"] as? Bool == false)
  }

  /// A planted failure: the mean stands no liar, not even one that only turns the sign.
  @Test func theMeanDoesNotHold() async throws {
    let result = try await verify(
      "--steps", "12", "--rules", "mean", "--attacks", "sign-flip", "--byzantine", "2", "--gateways", "5",
      "--loss", "0.05")
    #expect(result.status == 1, "\(result.output)")
    let rows = try rows(result)
    #expect(rows.map { $0["attack"] as? String } == ["none", "sign-flip"])
    #expect(rows.map { $0["holds"] as? Bool } == [true, false])
  }

  /// A rule for more liars than there are answers for refuses them all, and is not taken for one that holds.
  @Test func aRuleThatRefusesEverythingDoesNotHold() async throws {
    let result = try await verify(
      "--steps", "3", "--rules", "krum", "--byzantine", "2", "--gateways", "6", "--loss", "100")
    #expect(result.status == 1)
    #expect(try rows(result).first?["refused"] as? Int == 3 * 8)
  }

  @Test func thePolicysOwnRuleDecides() async throws {
    let source = Tacet.project.appendingPathComponent("Policies/traffic.yaml")
    let holds = try await verify(
      "--steps", "8", "--policy", source.path, "--rules", "mean", "--attacks", "collusion")
    #expect(holds.status == 0, "\(holds.output) \(holds.errors)")
    #expect(try holds.json()["gateways"] as? Int == 10)
    #expect(try rows(holds).map { $0["decides"] as? Bool } == [true, true, false, false])
    // Six answers are too few for a rule that leaves out three at either end.
    let text = try String(contentsOf: source, encoding: .utf8)
    let strict = text.replacingOccurrences(of: "\naggregation:\n", with: "\naggregation:\n  loss: 0.25\n")
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("aggregation-\(UUID().uuidString).yaml")
    try strict.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let fails = try await verify("--steps", "2", "--policy", file.path, "--rules", "mean", "--gateways", "6")
    #expect(try fails.json()["allowed_loss"] as? Double == 0.25)
    #expect(fails.status == 1, "\(fails.output)")
  }

  @Test func flagsOutOfRangeAreRefused() async throws {
    for arguments in [
      ["--rules", "average"], ["--attacks", "bribery"], ["--missed", "1"], ["--steps", "0"],
      ["--rules", "centred-clipping"],
      ["--byzantine", "3", "--gateways", "3"],
    ] {
      let result = try await Tacet.run(
        Tacet.executable,
        [
          "verify", "aggregation", "--model",
          Tacet.project.appendingPathComponent("Fixtures/models/traffic-counts").path,
          "--recording", Tacet.project.appendingPathComponent("Fixtures/traffic/test.npy").path,
        ] + arguments)
      #expect(result.status == 64, "\(arguments)")
    }
  }
}
