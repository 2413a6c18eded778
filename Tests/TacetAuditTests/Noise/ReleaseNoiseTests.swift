import TacetPrivacy
import Testing

@testable import TacetAudit

/// The attacks on noised activations: the true mechanism withstands them, each planted bug does not. False alarm 1e-9
/// an audit.
@Suite struct ReleaseNoiseTests {
  typealias Mechanism = ReleaseAttacks.Mechanism

  private static func audit(
    radius: Int = 32, scale: Int = 64, dimension: Int, trials: Int, on mechanism: @escaping Mechanism
  ) async throws -> NoiseReport {
    let attacks = try ReleaseAttacks(
      parameters: ReleaseParameters(radius: radius, scale: scale), dimension: dimension)
    return try await NoiseAudit(attacks, delta: 1e-6, on: mechanism).run(.init(trials: trials))
  }

  /// The true mechanism with other parameters.
  private static func released(radius: Int? = nil, scale: Int? = nil) -> Mechanism {
    { inputs, parameters in
      try ReleaseAttacks.released(
        inputs, ReleaseParameters(radius: radius ?? parameters.radius, scale: scale ?? parameters.scale))
    }
  }

  @Test(
    "The true mechanism holds: 2000 trials of each world of each of 6 attacks",
    arguments: [(32, 64, 4), (4, 8, 1), (100, 100, 3), (300, 500, 12)])
  func theTrueMechanismHolds(radius: Int, scale: Int, dimension: Int) async throws {
    let report = try await Self.audit(
      radius: radius, scale: scale, dimension: dimension, trials: 2000, on: ReleaseAttacks.released)
    #expect(report.verdict == .holds, "\(report.text)")
    #expect(report.attacks.count == 6)
    for name in ["farthest pair", "huge number", "next release"] {
      let attack = try #require(report.attacks.first { $0.name == name })
      // As far apart as it may be: within 6.5 standard errors of μ̂, below √((2 + μ²/4)/2000).
      let error = ((2 + attack.claim * attack.claim / 4) / 2000).squareRoot()
      #expect(abs(try #require(attack.mu.estimate) - attack.claim) < 6.5 * error, "\(name)")
    }
    let none = try #require(report.attacks.first { $0.name == "no numbers" })
    #expect(none.claim == none.guarantee / 2)
  }

  @Test("Clipped to a radius too large by a fifth, n = 10000")
  func aRadiusTooLarge() async throws {
    let report = try await Self.audit(dimension: 4, trials: 10_000, on: Self.released(radius: 39))
    #expect(report.verdict == .doesNotHold)
    #expect(report.reasons.contains { $0.hasPrefix("farthest pair: μ is at least") }, "\(report.text)")
  }

  @Test("Noise too small by 5 %, n = 4000")
  func noiseTooSmall() async throws {
    let report = try await Self.audit(
      radius: 100, scale: 200, dimension: 4, trials: 4000, on: Self.released(scale: 190))
    #expect(report.verdict == .doesNotHold)
    #expect(report.reasons.contains { $0.contains("too little variance") })
  }

  /// What is no number is let past as the largest negative one: then it is 2R from an input of norm R, and not R.
  @Test("What is no number and not taken for zero, n = 2000")
  func noNumberCounts() async throws {
    let report = try await Self.audit(dimension: 3, trials: 2000) { inputs, parameters in
      let changed = inputs.map { $0.map { $0.isNaN ? -Float.greatestFiniteMagnitude : $0 } }
      return try ReleaseAttacks.released(changed, parameters)
    }
    #expect(report.verdict == .doesNotHold)
    #expect(report.reasons.allSatisfy { $0.hasPrefix("no numbers: ") }, "\(report.reasons)")
  }

  /// The second release takes the first one's noise again.
  @Test("Noise reused between releases, n = 2000")
  func noiseReused() async throws {
    let report = try await Self.audit(dimension: 3, trials: 2000) { inputs, parameters in
      let first = try ReleaseAttacks.released(Array(inputs.prefix(1)), parameters)
      guard inputs.count == 2 else { return first }
      let noise = zip(first, inputs[0]).map { $0 - Int16($1 * Float(parameters.radius)) }
      return first + noise
    }
    #expect(report.verdict == .doesNotHold)
    #expect(report.reasons.allSatisfy { $0.hasPrefix("next release: ") }, "\(report.reasons)")
    #expect(report.reasons.contains { $0.contains("has no noise in it") })
  }

  /// Beyond all noise, in 3 of 100 releases of one world, which normal noise has no threshold for. Half of the trials
  /// have some 300 of them in one world and none in the other: ε is above 0.25, which is more than is allowed, as long
  /// as there are 90.
  @Test("A mark that is rare, in either world, n = 20000", arguments: [Float(1), -1])
  func aRareMark(world: Float) async throws {
    let attacks = try ReleaseAttacks(parameters: ReleaseParameters(radius: 2, scale: 64), dimension: 1)
    let audit = NoiseAudit(attacks, delta: 1e-6) { inputs, parameters in
      let values = try ReleaseAttacks.released(inputs, parameters)
      guard inputs[0][0] == world, Int.random(in: 0..<100) < 3 else { return values }
      return values.map { _ in Int16.max }
    }
    let report = try await audit.run(.init(trials: 20_000))
    let found = try #require(report.attacks.first { $0.name == "farthest pair" })
    #expect(found.verdict == .doesNotHold)
    #expect(found.reasons.contains { $0.contains("by a threshold alone") }, "\(report.text)")
  }

  @Test("So small a μ that so few trials would miss twice as much, n = 2000")
  func tooFewTrialsAreNoProof() async throws {
    let report = try await Self.audit(
      radius: 1, scale: 64, dimension: 2, trials: 2000, on: ReleaseAttacks.released)
    #expect(report.verdict == .incomplete)
    #expect(report.reasons.allSatisfy { $0.contains("2,000 trials are too few") })
  }

  @Test func dimensionsThatCannotBeHeldAreRefused() throws {
    let parameters = try ReleaseParameters(radius: 1, scale: 8)
    #expect(throws: NoiseAuditError.dimensionOutOfRange(513, most: 512)) {
      try ReleaseAttacks(parameters: parameters, dimension: 513)
    }
    #expect(throws: NoiseAuditError.dimensionOutOfRange(0, most: 512)) {
      try ReleaseAttacks(parameters: parameters, dimension: 0)
    }
  }
}
