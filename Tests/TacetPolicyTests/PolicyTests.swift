import Crypto
import Foundation
import TacetDocument
import TacetPrivacy
import TacetTrust
import TacetWire
import Testing

@testable import TacetPolicy

@Suite struct PolicyTests {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Policies/strict.yaml")

  /// Loads the traffic policy with one text replaced.
  private func load(replacing old: String, with new: String) throws -> Policy {
    let text = try String(contentsOf: Self.file, encoding: .utf8)
    try #require(text.contains(old), "the policy has no \(old)")
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: copy) }
    try text.replacingOccurrences(of: old, with: new).write(to: copy, atomically: true, encoding: .utf8)
    return try Policy.load(from: copy)
  }

  @Test func theTrafficPolicy() throws {
    let policy = try Policy.load(from: Self.file)
    #expect(policy.trustDomain == "city.example")
    #expect(policy.operations(of: "camera") == [.release])
    #expect(policy.operations(of: "controller") == [.query])
    #expect(policy.operations(of: "admin") == [.status, .fallback, .restore, .audit])
    #expect(policy.operations(of: "auditor") == [.audit])
    #expect(policy.timing.audit == 60)
    #expect(policy.operations(of: "stranger").isEmpty)
    #expect(policy.privacy.releases == .anyInput(try ReleaseParameters(radius: 32, scale: 64)))
    #expect(policy.privacy.budgets(for: "camera/site-1").map(\.epsilon) == [400])
    #expect(policy.privacy.budgets(for: "camera/site-5")[0].epsilon < 400)
    #expect(policy.message.bytes == 1024)
    #expect(policy.timing.tick == .milliseconds(200))
    #expect(policy.aggregation.trim == 1)
  }

  /// What its comments say: a camera's windows last for a day, and the one that is to run out has one.
  @Test func theTrafficPolicyOfCountsLastsADay() throws {
    let file = Self.file.deletingLastPathComponent().appendingPathComponent("traffic.yaml")
    let privacy = try Policy.load(from: file).privacy
    guard case .contribution(let plan) = privacy.releases else {
      Issue.record("the unit is \(privacy.unit)")
      return
    }
    let windows = UInt64((86_400 / 10 - 1) / plan.parameters.steps + 1)
    #expect(windows == 26 && plan.sensitivity == 64 && privacy.releases.unit == 64)
    let budget = try #require(privacy.budgets(for: "camera/site-1").first)
    #expect(PrivacyCost.zero.leavesRoom(for: plan.parameters.cost * windows, within: budget.limit))
    let small = try #require(privacy.budgets(for: "camera/site-5").first)
    #expect(PrivacyCost.zero.leavesRoom(for: plan.parameters.cost, within: small.limit))
    #expect(!PrivacyCost.zero.leavesRoom(for: plan.parameters.cost * 2, within: small.limit))
  }

  /// What its comments say: two seasons a year, and one for the clinic that is to run out; a step may be a day.
  @Test func theClinicsPolicyLastsTwoSeasons() throws {
    let file = Self.file.deletingLastPathComponent().appendingPathComponent("clinics.yaml")
    let privacy = try Policy.load(from: file).privacy
    guard case .contribution(let plan) = privacy.releases else {
      Issue.record("the unit is \(privacy.unit)")
      return
    }
    #expect(plan.passages == 1 && plan.sensitivity == 64 && plan.parameters.scale == 128)
    for (device, seasons) in [("camera/site-1", 2), ("camera/site-5", 1)] as [(String, UInt64)] {
      let limit = try #require(privacy.budgets(for: device).first).limit
      #expect(PrivacyCost.zero.leavesRoom(for: plan.parameters.cost * seasons, within: limit))
      #expect(!PrivacyCost.zero.leavesRoom(for: plan.parameters.cost * (seasons + 1), within: limit))
    }
    #expect(try load(replacing: "tick: 200ms", with: "tick: 24h").timing.tick == .seconds(86_400))
  }

  /// What the traffic policy's comments say of a refresh: a round a day at μ = 1, which the budget has room for.
  @Test func theTrafficPolicyRefreshesOnceADay() throws {
    let file = Self.file.deletingLastPathComponent().appendingPathComponent("traffic.yaml")
    let policy = try Policy.load(from: file)
    let refresh = try #require(policy.refresh)
    let sum = refresh.parameters.sum
    #expect(refresh.parameters.steps * 30 == 23 * 3600 && refresh.parameters.eventSeconds == 120)
    #expect(sum.window.sensitivity == sum.window.scale && sum.reach == 10)
    #expect(refresh.aggregator.rule == .trimmedMean(trim: 2) && refresh.aggregator.byzantine == 2)
    let budget = try #require(policy.privacy.budgets(for: "camera/site-1").first)
    let day = policy.privacy.releases.mechanism.cost * 26
    #expect(PrivacyCost.zero.leavesRoom(for: day + sum.window.cost, within: budget.limit))
    #expect(policy.operations(of: "camera") == [.release, .refresh])
  }

  private static let refresh =
    "refresh: {every: 100, event: 120s, clip: 16, reach: 10, scale: 320, rule: median, byzantine: 2}"

  @Test func aRefreshIsReadWithItsRule() throws {
    func refresh(_ old: String, _ new: String) throws -> Policy.Refresh? {
      let section = Self.refresh.replacingOccurrences(of: old, with: new)
      return try load(replacing: "\ntrust:", with: "\n\(section)\ntrust:").refresh
    }
    #expect(try refresh("", "")?.aggregator.rule == .median)
    #expect(try refresh("rule: median", "rule: krum")?.aggregator.rule == .krum(byzantine: 2))
    #expect(
      try refresh("rule: median", "rule: multi-krum, selected: 3")?.aggregator.rule
        == .multiKrum(byzantine: 2, selected: 3))
    #expect(try refresh("rule: median", "rule: median, mixing: 2")?.aggregator.mixing == 2)
    #expect(
      try refresh("rule: median", "rule: centred-clipping, radius: 5")?.aggregator.rule == .centredClipping(radius: 5))
    #expect(try refresh("byzantine: 2", "byzantine: 2, canary: 7")?.canary == 7)
    for (old, new) in [
      ("every: 100", "every: 0"), ("every: 100", "every: 3000"), ("event: 120s", "event: 0s"), ("clip: 16", "clip: 0"),
      ("scale: 320", "scale: 7"), ("reach: 10", "reach: 16000"), ("rule: median", "rule: best"),
      ("rule: median", "rule: trimmed-mean"), ("byzantine: 2", "byzantine: -1"),
      ("byzantine: 2", "byzantine: 2, spread: 3"),
      ("byzantine: 2", "byzantine: 2, more: 1"),
    ] {
      #expect(throws: DocumentError.self, "\(new)") { try refresh(old, new) }
    }
  }

  @Test func theDigestIsOfTheBytes() throws {
    let bytes = try Data(contentsOf: Self.file)
    let expected = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    #expect(try Policy.load(from: Self.file).digest == expected)
    #expect(try load(replacing: "version: 1", with: "version:  1").digest != expected)
  }

  @Test(arguments: [
    ("version: 1", "version: 2"), ("trust_domain: city.example", "trust_domain: City/Example"),
    ("camera: [release]", "camera: [anything]"), ("unit: any-input", "unit: none"), ("radius: 32", "radius: 0"),
    ("scale: 64", "scale: 63"), ("epsilon: 400", "epsilon: .inf"), ("epsilon: 400", "epsilon: 0"),
    ("delta: 1.0e-6, window: 24h}\n  devices", "delta: 1, window: 24h}\n  devices"), ("bytes: 1024", "bytes: 10"),
    ("tick: 200ms", "tick: 115ms"), ("tick: 200ms", "tick: 25h"), ("deadline: 70ms", "deadline: 0ms"),
    ("  jitter: 20ms", "  jiter: 20ms"),
    ("rule: trimmed-mean", "rule: mean"), ("trim: 1 ", "trim: -1 "), ("threshold: 0.3", "threshold: 0.5"),
    ("forgetting: 0.95", "forgetting: 1"), ("tolerance: 0.5", "tolerance: .nan"),
    ("version: 1", "version: 1\nplaintext: true"), ("message:\n", "message:\n  padding: off\n"),
    ("tolerance: 0.5", "tolerance: 0.5\n  tolerance: 0.6"),
  ])
  func refuses(old: String, new: String) throws {
    do {
      _ = try load(replacing: old, with: new)
      Issue.record("accepted: \(new)")
    } catch let error as DocumentError {
      #expect(error.kind == .malformed)
      #expect(error.line != nil, "\(error)")
    }
  }

  @Test func trustHasDefaultsAndWhatTheFileSays() throws {
    let usual = try Policy.load(from: Self.file)
    #expect(usual.aggregation.redundancy == nil && usual.aggregation.exploration == 0.1)
    let parameters = usual.trust.parameters
    #expect(parameters == TrustParameters(trim: 1, threshold: 0.3, forgetting: 0.95, tolerance: 0.5))
    let section = """
        tolerance: 0.5
        prior: 0.4
        probation: 7
        quarantine: 9
        low_weight: 0.1
        false_alarm: 1.0e-12
        batch: {window: 2h, cap: 0.3}
      """
    let other = try load(replacing: "  tolerance: 0.5", with: section).trust.parameters
    #expect(other.prior == 0.4 && other.probation == 7 && other.quarantine == 9 && other.lowWeight == 0.1)
    #expect(other.falseAlarm == 1e-12 && other.batchSeconds == 7200 && other.batchCap == 0.3)
    let some = try load(replacing: "trim: 1 ", with: "redundancy: 3\n  exploration: 0\n  trim: 1 ").aggregation
    #expect(some.redundancy == 3 && some.exploration == 0)
  }

  @Test(arguments: [
    "prior: 0.3", "prior: 0.9", "probation: 0", "quarantine: 0", "low_weight: 2", "false_alarm: 0", "batch: {cap: 0.5}",
    "batch: {window: 0s}", "batch: {size: 3}", "batch: 3", "gossip: true",
  ])
  func refusesTrust(_ line: String) throws {
    #expect(throws: DocumentError.self) {
      try load(replacing: "  tolerance: 0.5", with: "  tolerance: 0.5\n  \(line)")
    }
  }

  /// Fewer than outvote the liars could not decide.
  @Test(arguments: ["redundancy: 2", "redundancy: 0", "exploration: 1.5"])
  func refusesRedundancy(_ line: String) throws {
    #expect(throws: DocumentError.self) { try load(replacing: "trim: 1 ", with: "\(line)\n  trim: 1 ") }
  }

  private static let jitter = "  jitter: 20ms"

  @Test func jitterHasADistributionAMeanAndACap() throws {
    #expect(try Policy.load(from: Self.file).timing.jitter == .uniform(upTo: .milliseconds(20)))
    let even = try load(replacing: Self.jitter, with: "  jitter: {distribution: uniform, mean: 10ms, cap: 20ms}")
    #expect(even.timing.jitter == .uniform(upTo: .milliseconds(20)))
    let section = "  jitter: {distribution: exponential, mean: 5ms, cap: 20ms}"
    let exponential = try load(replacing: Self.jitter, with: section)
    #expect(exponential.timing.jitter == .exponential(mean: .milliseconds(5), cap: .milliseconds(20)))
    #expect(exponential.pacing == Pacing(deadline: .milliseconds(70), jitter: exponential.timing.jitter))
  }

  @Test(arguments: [
    "{distribution: uniform, mean: 5ms, cap: 20ms}", "{distribution: exponential, cap: 20ms}",
    "{distribution: exponential, mean: 21ms, cap: 20ms}", "{distribution: normal, mean: 5ms, cap: 20ms}",
    "{distribution: uniform}", "{distribution: uniform, cap: 110ms}", "{distribution: uniform, cap: 20ms, min: 1ms}",
  ])
  func refusesJitter(_ jitter: String) throws {
    #expect(throws: DocumentError.self) { try load(replacing: Self.jitter, with: "  jitter: \(jitter)") }
  }

  private static let cover = "  enabled: true\n  per_tick: 2 "

  @Test func coverAndQuotaAreWhatTheFileSays() throws {
    let policy = try Policy.load(from: Self.file)
    #expect(policy.message.quota == nil)
    #expect(policy.cover.isEnabled && policy.cover.slotsPerTick == 2)
    #expect(try load(replacing: "message:\n", with: "message:\n  quota: 7\n").message.quota == 7)
    let other = try load(replacing: Self.cover, with: "  enabled: false\n  per_tick: 3 ").cover
    #expect(!other.isEnabled && other.slotsPerTick == 3)
  }

  @Test(arguments: [
    "  enabled: maybe\n  per_tick: 2 ", "  per_tick: 0 ", "  per_tick: 1001 ", "  off: true\n  per_tick: 2 ", "  - on ",
  ])
  func refusesCover(_ cover: String) throws {
    do {
      _ = try load(replacing: Self.cover, with: cover)
      Issue.record("accepted: \(cover)")
    } catch let error as DocumentError {
      #expect((30...32).contains(error.line ?? 0), "\(error)")
    }
  }

  /// What the unit contribution has in the place of a radius.
  private static let counts = "unit: contribution\n  filter: [10, 6, 4, 2, 1]\n  passages: 2\n  bound: 1\n  steps: 2880"

  private func loadCounts(replacing old: String = "bound", with new: String = "bound") throws -> Policy {
    try #require(Self.counts.contains(old))
    let text = try String(contentsOf: Self.file, encoding: .utf8)
    let lines = text.components(separatedBy: "\n").filter { !$0.hasPrefix("  radius:") }.map {
      $0.hasPrefix("  unit:") ? "  " + Self.counts.replacingOccurrences(of: old, with: new) : $0
    }
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: copy) }
    try lines.joined(separator: "\n").write(to: copy, atomically: true, encoding: .utf8)
    return try Policy.load(from: copy)
  }

  @Test func aPolicyOfContributions() throws {
    let privacy = try loadCounts().privacy
    let plan = try ContributionPlan(
      filter: CausalFilter(taps: [10, 6, 4, 2, 1]), passages: 2, bound: 1, scale: 64, steps: 2880)
    #expect(privacy.unit == .contribution)
    #expect(privacy.releases == .contribution(plan))
    // √(4 · 157) = 25.06.
    #expect(plan.sensitivity == 26)
  }

  @Test(arguments: [
    ("[10, 6, 4, 2, 1]", "[]", 13), ("[10, 6, 4, 2, 1]", "[0]", 13), ("[10, 6, 4, 2, 1]", "[1.5]", 13),
    ("[10, 6, 4, 2, 1]", "[16384]", 13), ("[10, 6, 4, 2, 1]", "10", 13), ("bound: 1", "bound: 1073610756", 13),
    ("passages: 2", "passages: 0", 14), ("passages: 2", "passages: 17", 14), ("bound: 1", "bound: 0", 15),
    ("steps: 2880", "steps: 0", 16), ("steps: 2880", "steps: 2880\n  radius: 32", 17),
    ("  bound: 1\n", "", 13),
  ])
  func refusesCounts(old: String, new: String, line: Int) throws {
    do {
      _ = try loadCounts(replacing: old, with: new)
      Issue.record("accepted: \(new)")
    } catch let error as DocumentError {
      #expect(error.kind == .malformed)
      // A missing key is looked for in its mapping.
      #expect(error.line == line || new.isEmpty && error.line != nil, "\(error)")
    }
  }

  @Test func aReleaseHasNoFilter() throws {
    #expect(throws: DocumentError.self) { try load(replacing: "radius: 32", with: "radius: 32\n  filter: [1]") }
  }

  @Test func aMissingFile() {
    #expect(throws: DocumentError.self) { try Policy.load(from: URL(fileURLWithPath: "/nonexistent/policy.yaml")) }
  }
}
