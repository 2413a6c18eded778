package import TacetPrivacy

/// One way of attacking a release mechanism: two worlds that the policy promises to keep alike, and what either releases.
package struct NoiseAttack: Sendable {
  /// What the report calls it.
  package let name: String
  /// What is there in one world and not in the other, in one sentence.
  package let summary: String
  /// How many individuals the worlds differ in. What they do is what one does, so that the worlds may be that many
  /// times as far apart (Dong, Roth and Su 2022, theorem 2.14), and noise that hides little of one is measured in fewer
  /// trials. 1 for `any-input`.
  package let group: Int
  /// The noise table that is drawn from.
  package let precision: NoisePrecision
  /// How many numbers a trial releases.
  package let numbers: Int
  /// The μ that the mechanism of the policy has for these two worlds: what they differ by, over σ.
  package let claim: Double
  /// The μ that was promised for any two worlds of this kind. Never below the claim.
  package let guarantee: Double
  /// Whether too few trials for this attack leave the audit open. Not where another attack does the same with a group.
  package let needsPower: Bool
  /// Why it cannot be judged however many trials there are; nil where it can.
  package let obstacle: String?
  /// Releases one of the worlds, with fresh noise. Called from one task at a time.
  package let release: @Sendable (_ isPresent: Bool) throws -> [Int16]
}
