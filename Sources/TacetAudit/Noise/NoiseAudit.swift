package import TacetPolicy
package import TacetPrivacy

/// Attacks a release mechanism, again and again, to see whether it tells more than its policy allows.
///
/// Each attack runs the mechanism in two worlds that the policy promises to keep alike, and judges what the best
/// observer of the releases makes of them (``SeparationTest``, which knows that noise is normal, and ``ThresholdTest``,
/// which does not), and the noise itself (``NoiseCheck``).
package struct NoiseAudit: Sendable {
  package struct Settings: Sendable, Hashable {
    /// Trials of each world of each attack.
    package var trials: Int
    /// The probability, at most, that a mechanism which keeps its word is said not to.
    package var alpha: Double

    package init(trials: Int, alpha: Double = 1e-9) {
      (self.trials, self.alpha) = (trials, alpha)
    }
  }

  package let subject: NoiseReport.Subject
  package let attacks: [NoiseAttack]

  /// An audit of counts of individuals, on a mechanism that draws from one table.
  package init(
    _ stream: StreamAttacks, of plan: ContributionPlan, delta: Double, on mechanism: @escaping StreamAttacks.Mechanism
  ) {
    self.init(stream, of: plan, delta: delta, attacks: stream.all(on: mechanism, precision: .narrow))
  }

  private init(_ stream: StreamAttacks, of plan: ContributionPlan, delta: Double, attacks: [NoiseAttack]) {
    self.attacks = attacks
    subject = NoiseReport.Subject(
      unit: .contribution, sensitivity: plan.sensitivity, noise: plan.parameters.noiseScale,
      dimension: stream.dimension, steps: plan.parameters.steps, auditedSteps: stream.plan.parameters.steps,
      delta: delta)
  }

  /// An audit of noised activations, on a mechanism that draws from one table.
  package init(_ release: ReleaseAttacks, delta: Double, on mechanism: @escaping ReleaseAttacks.Mechanism) {
    self.init(release, delta: delta, attacks: release.all(on: mechanism, precision: .narrow))
  }

  private init(_ release: ReleaseAttacks, delta: Double, attacks: [NoiseAttack]) {
    self.attacks = attacks
    subject = NoiseReport.Subject(
      unit: .anyInput, sensitivity: 2 * release.parameters.radius, noise: release.parameters.noiseScale,
      dimension: release.dimension, delta: delta)
  }

  /// An audit of what a policy has devices release, by the mechanism that releases it. ε is compared at the smallest δ
  /// of its budgets.
  /// - Parameters:
  ///   - dimension: how many numbers a release has.
  ///   - tables: the noise tables that are attacked, each by all attacks; those that devices draw from, if nil.
  /// - Throws: ``NoiseAuditError/dimensionOutOfRange(_:most:)``.
  package init(
    _ privacy: Policy.Privacy, dimension: Int, tables: [NoisePrecision]? = nil
  ) throws(NoiseAuditError) {
    let delta = privacy.budgets.map(\.delta).min() ?? 1e-6
    let tables = tables ?? privacy.tables(dimension: dimension)
    switch privacy.releases {
    case .contribution(let plan):
      let stream = try StreamAttacks(plan: plan, dimension: dimension)
      self.init(
        stream, of: plan, delta: delta,
        attacks: tables.flatMap { stream.all(on: StreamAttacks.released(from: $0), precision: $0) })
    case .anyInput(let parameters):
      let release = try ReleaseAttacks(parameters: parameters, dimension: dimension)
      self.init(
        release, delta: delta,
        attacks: tables.flatMap { release.all(on: ReleaseAttacks.released(from: $0), precision: $0) })
    }
  }

  /// Makes all trials, attacks at the same time, those with the most numbers first, since they take longest.
  /// - Parameter progress: called with how many trials, of ``trialsInAll(_:)``, are done.
  /// - Throws: what the mechanism throws, ``NoiseAuditError``, `CancellationError`.
  package func run(
    _ settings: Settings, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> NoiseReport {
    let levels = NoiseLevels(alpha: settings.alpha, attacks: attacks.count)
    let done = Tally()
    let found = try await withThrowingTaskGroup(of: (Int, NoiseReport.Attack).self) { group in
      for (number, attack) in attacks.enumerated().sorted(by: { $0.element.numbers > $1.element.numbers }) {
        group.addTask {
          let trials = try AttackTrials(attack, trials: settings.trials, level: levels.threshold) {
            progress(done.add($0))
          }
          return (number, AttackJudge(attack: attack, subject: subject, levels: levels).judge(trials))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    return report(found.sorted { $0.0 < $1.0 }.map(\.1), settings)
  }

  /// How many trials that makes.
  package func trialsInAll(_ settings: Settings) -> Int { attacks.count * settings.trials }

  private func report(_ found: [NoiseReport.Attack], _ settings: Settings) -> NoiseReport {
    let verdicts = found.map(\.verdict)
    let worst: NoiseReport.Verdict =
      verdicts.contains(.doesNotHold)
      ? .doesNotHold : verdicts.contains(.incomplete) || verdicts.isEmpty ? .incomplete : .holds
    let reasons = found.filter { $0.verdict == worst }.flatMap { attack in
      attack.reasons.map { "\(NoiseReport.title(of: attack, among: found)): \($0)" }
    }
    return NoiseReport(
      verdict: worst, reasons: reasons, subject: subject, trials: settings.trials, falseAlarmRate: settings.alpha,
      attacks: found)
  }
}
