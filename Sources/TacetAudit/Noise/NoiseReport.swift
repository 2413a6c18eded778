package import TacetPrivacy

/// What an attacker of a release mechanism can tell, beside what its policy allows, and how sure that is.
package struct NoiseReport: Sendable, Encodable {
  package enum Verdict: String, Sendable, Encodable {
    /// No attack found more than the policy allows, and each could have found twice as much.
    case holds
    case doesNotHold = "does not hold"
    /// Nothing was found, but it could have been missed.
    case incomplete
  }

  package let verdict: Verdict
  package var holds: Bool { verdict == .holds }
  /// Why, one sentence each; empty where it holds.
  package let reasons: [String]
  /// What was attacked.
  package let subject: Subject
  /// Trials of each world of each attack.
  package let trials: Int
  /// An upper bound of the probability that a mechanism which keeps its word is said not to: the union bound over all
  /// tests of all attacks.
  package let falseAlarmRate: Double
  package let attacks: [Attack]

  /// What an attack is called: with its table, where there are attacks on another.
  static func title(of attack: Attack, among attacks: [Attack]) -> String {
    let isAlone = attacks.allSatisfy { $0.precision == attack.precision }
    return isAlone ? attack.name : "\(attack.name), \(attack.precision)-bit"
  }

  /// The mechanism, by its policy.
  package struct Subject: Sendable, Hashable, Encodable {
    package let unit: PrivacyUnit
    /// What two neighbours differ by, in grid units: Δ of a window, or 2R of a release.
    package let sensitivity: Int
    /// S.
    package let scale: Int
    /// σ, the deviation of the noise before rounding, in grid units: at least S.
    package let deviation: Double
    /// The guarantee of one individual, or of one release.
    package let mu: Double
    /// Numbers of each release.
    package let dimension: Int
    /// Steps of the policy's window, and of the windows that were released here; nil for `any-input`.
    package let steps: Int?
    package let auditedSteps: Int?
    /// The δ at which ε is compared.
    package let delta: Double

    package init(
      unit: PrivacyUnit, sensitivity: Int, noise: NoiseScale, dimension: Int, steps: Int? = nil,
      auditedSteps: Int? = nil, delta: Double
    ) {
      (self.unit, self.sensitivity, self.dimension, self.delta) = (unit, sensitivity, dimension, delta)
      (self.steps, self.auditedSteps) = (steps, auditedSteps)
      scale = noise.nominal
      deviation = Double(noise.variance).squareRoot()
      mu = Double(sensitivity) / deviation
    }
  }

  /// What one attack found. Every μ is that of the whole group.
  package struct Attack: Sendable, Encodable {
    package let name: String
    package let summary: String
    /// How many bits of randomness the attacked noise table takes for a number: 64 or 128.
    package let precision: UInt64
    package let verdict: Verdict
    package let reasons: [String]
    package let group: Int
    /// Numbers of a trial.
    package let numbers: Int
    /// The μ that the policy allows this attack, and the one that it promises for any.
    package let claim: Double
    package let guarantee: Double
    package let mu: Mu
    package let epsilon: Epsilon
    package let noise: Noise?
  }

  /// How far apart the worlds were found to be. Nil is what could not be estimated: too few trials, or no noise in it
  /// at all.
  package struct Mu: Sendable, Encodable {
    package var estimate: Double?
    /// Its interval, of 95 %.
    package var low: Double?
    package var high: Double?
    /// What μ is not below, at the level of this test: more than the claim does not hold.
    package var bound: Double?
    /// Of the hypothesis that μ is the claim.
    package var pValue: Double?
    /// What would have been found with a probability of 95 %.
    package var detectable: Double?
  }

  /// What the threshold test found, which assumes nothing of the noise.
  package struct Epsilon: Sendable, Encodable {
    /// What the claim allows at the subject's δ; nil where no number holds it.
    package var claim: Double?
    /// What ε is not below, at the level of this test. Nil: too few trials.
    package var bound: Double?
  }

  /// The noise itself.
  package struct Noise: Sendable, Encodable {
    /// The variance over the claimed one: of all numbers, and of the number that has least.
    package let varianceRatio: Double
    package let leastVarianceRatio: Double
    /// The largest of two numbers of a trial, and of a number and itself in the run before.
    package let correlation: Double
    package let serialCorrelation: Double
    /// Numbers equal to those of the run before in the same world, and how many there would be by chance, at most.
    package let ties: Int
    package let tiesExpected: Double
  }

  private enum CodingKeys: CodingKey {
    case holds, verdict, reasons, subject, trials, falseAlarmRate, attacks
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(holds, forKey: .holds)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(reasons, forKey: .reasons)
    try container.encode(subject, forKey: .subject)
    try container.encode(trials, forKey: .trials)
    try container.encode(falseAlarmRate, forKey: .falseAlarmRate)
    try container.encode(attacks, forKey: .attacks)
  }
}
