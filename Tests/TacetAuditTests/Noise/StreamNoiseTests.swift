import TacetPrivacy
import Testing

@testable import TacetAudit

/// The attacks on streams of counts: the true mechanism withstands them, each planted bug does not.
///
/// Each audit has a false-alarm probability of 1e-9 (`NoiseAudit.Settings`), and all of its noise is fresh. What is
/// planted is found with a probability that the attack's own `detectable` says is above 0.95, and by the sizes chosen
/// here is 1 but for 1e-9.
@Suite struct StreamNoiseTests {
  private static func plan(
    _ taps: [Int], passages: Int = 1, bound: Int = 1, scale: Int = 16, steps: Int = 50
  ) throws -> ContributionPlan {
    try ContributionPlan(
      filter: CausalFilter(taps: taps), passages: passages, bound: bound, scale: scale, steps: steps)
  }

  private static func audit(
    _ plan: ContributionPlan, dimension: Int, trials: Int,
    on mechanism: @escaping StreamAttacks.Mechanism = StreamAttacks.released
  ) async throws -> NoiseReport {
    let attacks = try StreamAttacks(plan: plan, dimension: dimension)
    return try await NoiseAudit(attacks, of: plan, delta: 1e-6, on: mechanism).run(.init(trials: trials))
  }

  /// One attack alone, at its share of the false-alarm rate.
  private static func attack(
    _ name: String, _ plan: ContributionPlan, dimension: Int, trials: Int,
    on mechanism: @escaping StreamAttacks.Mechanism
  ) throws -> NoiseReport.Attack {
    let attacks = try StreamAttacks(plan: plan, dimension: dimension)
    let audit = NoiseAudit(attacks, of: plan, delta: 1e-6, on: mechanism)
    let attack = try #require(audit.attacks.first { $0.name == name })
    let levels = NoiseLevels(alpha: 1e-9, attacks: audit.attacks.count)
    let found = try AttackTrials(attack, trials: trials, level: levels.threshold) { _ in }
    return AttackJudge(attack: attack, subject: audit.subject, levels: levels).judge(found)
  }

  // MARK: What holds

  @Test(
    "The true mechanism holds: 600 trials of each world of each of 7 or 8 attacks, false alarm 1e-9",
    arguments: [
      ([1], 1, 1, 8, 1), ([1], 1, 1, 8, 3), ([10, 6, 4, 2, 1], 1, 1, 16, 2), ([10, 6, 4, 2, 1], 3, 2, 64, 2),
      ([0, 0, 7], 2, 9, 100, 1), ([3, -2, 0, 1], 1, 7, 300, 4),
    ])
  func theTrueMechanismHolds(
    plan: (taps: [Int], passages: Int, bound: Int, scale: Int, dimension: Int)
  ) async throws {
    let whole = try Self.plan(plan.taps, passages: plan.passages, bound: plan.bound, scale: plan.scale)
    let report = try await Self.audit(whole, dimension: plan.dimension, trials: 600)
    #expect(report.verdict == .holds, "\(report.text)")
    // Where an individual adds 1 once, there are those without names too.
    #expect(report.attacks.count == (plan.passages == 1 && plan.bound == 1 ? 8 : 7))
    #expect(report.falseAlarmRate == 1e-9)
    let worst = try #require(report.attacks.first { $0.name == "worst place" })
    // Where the numbers of a release can hold the bound, the worst place is as far as Δ allows.
    if plan.dimension == 4 || plan.bound == 1 || plan.bound == 9 {
      let squares = plan.taps.reduce(0) { $0 + $1 * $1 }
      let reached = Double(worst.group * plan.passages) * Double(plan.bound * squares).squareRoot()
      #expect(abs(worst.claim * report.subject.deviation - reached) < 1e-9 * reached)
    }
    // Seen as far apart as it is: within 6.5 standard errors of μ̂, which are below √((2 + μ²/4)/600).
    let mu = try #require(worst.mu.estimate)
    #expect(abs(mu - worst.claim) < 6.5 * ((2 + worst.claim * worst.claim / 4) / 600).squareRoot())
    for attack in report.attacks { #expect(attack.claim <= attack.guarantee) }
  }

  @Test("So few trials that nothing could be found leave it open", arguments: [1, 20, 51])
  func tooFewTrialsAreNoProof(trials: Int) async throws {
    let report = try await Self.audit(try Self.plan([10, 6, 4, 2, 1], scale: 64), dimension: 2, trials: trials)
    #expect(report.verdict == .incomplete && !report.holds)
    #expect(report.reasons.allSatisfy { $0.contains("too few") } && !report.reasons.isEmpty)
  }

  @Test func whatSaturatesIsNoProof() async throws {
    let plan = try Self.plan([16_000], bound: 4, scale: 2048, steps: 2)
    let report = try await Self.audit(plan, dimension: 1, trials: 200)
    #expect(report.verdict == .incomplete, "\(report.text)")
    #expect(report.reasons.contains { $0.contains("16 bits") })
  }

  @Test func dimensionsThatCannotBeHeldAreRefused() throws {
    let plan = try Self.plan([10, 6, 4, 2, 1])
    for dimension in [0, -1, 86, .max] {
      #expect(throws: NoiseAuditError.dimensionOutOfRange(dimension, most: 85)) {
        try StreamAttacks(plan: plan, dimension: dimension)
      }
    }
  }

  @Test func aMechanismThatReleasesAnotherCountIsAnError() async throws {
    let plan = try Self.plan([1])
    await #expect(throws: NoiseAuditError.self) {
      try await Self.audit(plan, dimension: 1, trials: 10) { _, _, _ in [1] }
    }
  }

  // MARK: What does not

  /// Δ = 5 and σ = 8: 7 of a group have μ = 4.375, and 5.1 with a first tap of 5. The deviation of the estimate is 0.05.
  @Test("A tap too large by one, n = 3000")
  func aTapTooLarge() throws {
    let plan = try Self.plan([4, 3], scale: 8)
    let found = try Self.attack(
      "worst place", plan, dimension: 1, trials: 3000, on: PlantedStreams.released(taps: [5, 3]))
    #expect(found.verdict == .doesNotHold)
    #expect(try #require(found.mu.bound) > found.claim)
    #expect(found.reasons.contains { $0.hasPrefix("μ is at least") }, "\(found)")
    // Nothing is wrong with its noise.
    #expect(found.reasons.allSatisfy { !$0.contains("noise") })
  }

  @Test("A track counted twice, or at every step, n = 600", arguments: [1, 3])
  func aTrackCountedTwice(passages: Int) throws {
    let plan = try Self.plan([10, 6, 4, 2, 1], passages: passages)
    let found = try Self.attack(
      "same track", plan, dimension: 2, trials: 600, on: PlantedStreams.countsTracksAgain)
    #expect(found.verdict == .doesNotHold)
    #expect(try #require(found.mu.bound) > 2 * found.claim)
  }

  @Test("Individuals without names counted twice, n = 600")
  func theUnnamedCountedTwice() throws {
    let plan = try Self.plan([10, 6, 4, 2, 1])
    let found = try Self.attack("no names", plan, dimension: 2, trials: 600) { windows, plan, dimension in
      let twice = windows.map { $0.flatMap { $0.isUnnamed ? [$0, $0] : [$0] } }
      return try StreamAttacks.released(twice, plan, dimension)
    }
    #expect(found.verdict == .doesNotHold)
    #expect(try #require(found.mu.bound) > found.claim)
  }

  @Test("An individual's cap ignored, n = 600")
  func theCapIgnored() throws {
    let plan = try Self.plan([10, 6, 4, 2, 1], passages: 2)
    let found = try Self.attack(
      "over the cap", plan, dimension: 2, trials: 600, on: PlantedStreams.released(passages: 8))
    #expect(found.verdict == .doesNotHold)
    #expect(try #require(found.mu.bound) > found.claim)
  }

  @Test("A passage over the bound that counts, n = 600")
  func theBoundIgnored() throws {
    let plan = try Self.plan([10, 6], passages: 2, bound: 2)
    let found = try Self.attack(
      "over the bound", plan, dimension: 2, trials: 600, on: PlantedStreams.released(bound: 100))
    #expect(found.verdict == .doesNotHold)
    #expect(try #require(found.mu.bound) > found.claim)
  }

  /// The window after it shows the taps that the first one cut off: √(2² + 2² + 2²) becomes √(2² + 2² + 2² + 9² + 9²).
  @Test("A filter that is not reset between windows, n = 600")
  func aFilterNotReset() throws {
    let plan = try Self.plan([2, 2, 2, 9, 9])
    let found = try Self.attack("restart", plan, dimension: 1, trials: 600, on: PlantedStreams.doesNotReset)
    #expect(found.verdict == .doesNotHold, "\(found)")
    #expect(try #require(found.mu.bound) > found.claim)
    // In one window nothing is to be seen.
    #expect(
      try Self.attack("window's end", plan, dimension: 1, trials: 600, on: PlantedStreams.doesNotReset).verdict
        == .holds)
  }

  @Test("Noise reused between steps, n = 600")
  func noiseReusedBetweenSteps() throws {
    let plan = try Self.plan([10, 6, 4, 2, 1])
    let found = try Self.attack("one passage", plan, dimension: 2, trials: 600, on: PlantedStreams.reusesNoise)
    #expect(found.verdict == .doesNotHold)
    #expect(found.mu.estimate == nil)
    #expect(found.reasons.contains { $0.contains("has no noise in it") })
    #expect(found.reasons.contains { $0.contains("have noise in common") })
  }

  /// Every variance is as claimed, and Σ has its full rank: only what Σ⁻¹ makes of it, and correlations, show it.
  @Test("Noise shared by steps that follow each other, n = 600")
  func noiseSharedBetweenSteps() throws {
    let plan = try Self.plan([10, -6, 4, -2, 1])
    let found = try Self.attack("worst place", plan, dimension: 1, trials: 600, on: PlantedStreams.sharesNoise)
    #expect(found.verdict == .doesNotHold)
    #expect(try #require(found.mu.bound) > found.claim)
    #expect(found.reasons.contains { $0.contains("have noise in common") })
    #expect(try #require(found.noise).varianceRatio > 0.95)
  }

  /// σ of 190 for 200: by its tables 0.95² of the variance, and 20,000 numbers of a deviation of 1 % tell 7 %.
  @Test("Noise too small by 5 %, n = 2500")
  func noiseTooSmall() throws {
    let plan = try Self.plan([100], scale: 200)
    let found = try Self.attack(
      "worst place", plan, dimension: 4, trials: 2500, on: PlantedStreams.released(scale: 190))
    let share =
      Double(try NoiseScale(nominal: 190).variance) / Double(try NoiseScale(nominal: 200).variance)
    #expect(abs(share - 0.9025) < 0.01)
    #expect(found.verdict == .doesNotHold)
    #expect(found.reasons.contains { $0.hasPrefix("the noise has too little variance") }, "\(found)")
  }

  @Test("One number of a release with too little noise, n = 600")
  func aQuietCorner() throws {
    let plan = try Self.plan([10, 6, 4, 2, 1])
    let found = try Self.attack("one passage", plan, dimension: 4, trials: 600, on: PlantedStreams.quietCorner)
    #expect(found.verdict == .doesNotHold)
    #expect(found.reasons.contains { $0.contains("in number 4 of release 1") }, "\(found)")
  }

  @Test("Noise repeated in the next window, n = 600")
  func noiseRepeatedInTheNextWindow() throws {
    let plan = try Self.plan([10, 6])
    let found = try Self.attack("restart", plan, dimension: 2, trials: 600, on: PlantedStreams.repeatsNoise)
    #expect(found.verdict == .doesNotHold)
    #expect(found.reasons.contains { $0.contains("has no noise in it") })
    #expect(found.reasons.contains { $0.contains("have noise in common") })
  }

  @Test("Noise of a run that comes again in the next one, or in the one after it, n = 600", arguments: [1, 2])
  func noiseRepeatedInALaterRun(distance: Int) throws {
    let plan = try Self.plan([10, 6])
    let found = try Self.attack(
      "one passage", plan, dimension: 2, trials: 600, on: PlantedStreams.repeatsAfter(distance))
    #expect(found.verdict == .doesNotHold)
    let telling = distance == 1 ? "has noise in common with that of the run before" : "are those of the run before"
    #expect(found.reasons.contains { $0.contains(telling) }, "\(found)")
  }

  @Test("No noise at all, n = 200")
  func noNoise() throws {
    let plan = try Self.plan([10, 6])
    let silent = PlantedStreams.noised { _, _, count, _ in Array(repeating: 0, count: count) }
    let found = try Self.attack("one passage", plan, dimension: 2, trials: 200, on: silent)
    #expect(found.verdict == .doesNotHold)
    #expect(found.reasons.contains { $0.contains("too little variance: 0.0000") })
  }

  /// The report of a whole audit names the attack, and is worse than incomplete.
  @Test func oneFaultIsEnough() async throws {
    let plan = try Self.plan([10, 6], passages: 2)
    let report = try await Self.audit(
      plan, dimension: 1, trials: 300, on: PlantedStreams.released(passages: 4))
    #expect(report.verdict == .doesNotHold)
    #expect(report.reasons.allSatisfy { $0.hasPrefix("over the cap: ") }, "\(report.reasons)")
  }
}
