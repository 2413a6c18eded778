import TacetPrivacy

/// From the trials of one attack to its verdict.
struct AttackJudge {
  let attack: NoiseAttack
  let subject: NoiseReport.Subject
  let levels: NoiseLevels

  /// With what probability ``NoiseReport/Mu/detectable`` is found.
  private static let power = 0.95

  func judge(_ trials: AttackTrials) -> NoiseReport.Attack {
    let covariance = PooledCovariance(trials.present, trials.absent)
    let test = SeparationTest(numbers: attack.numbers, trials: trials.present.trials)
    let check = test.map { _ in NoiseCheck(trials, covariance, subject, levels) }
    let separation = self.separation(test, covariance, trials)
    let threshold = self.threshold(trials)
    let found = separation.reasons + threshold.reasons + (check?.reasons ?? [])
    let faults = attack.obstacle == nil ? found : []
    let doubts = faults.isEmpty ? self.doubts(separation.mu.detectable, trials.present.trials) : []
    return NoiseReport.Attack(
      name: attack.name, summary: attack.summary, precision: attack.precision.rawValue,
      verdict: faults.isEmpty ? (doubts.isEmpty ? .holds : .incomplete) : .doesNotHold, reasons: faults + doubts,
      group: attack.group, numbers: attack.numbers, claim: attack.claim, guarantee: attack.guarantee,
      mu: separation.mu, epsilon: threshold.epsilon, noise: check?.found)
  }

  private func separation(
    _ test: SeparationTest?, _ covariance: PooledCovariance, _ trials: AttackTrials
  ) -> (mu: NoiseReport.Mu, reasons: [String]) {
    var mu = NoiseReport.Mu()
    guard let test else { return (mu, []) }
    mu.detectable = test.detectable(claim: attack.claim, level: levels.separation, power: Self.power)
    let difference = zip(trials.present.means, trials.absent.means).map { $0 - $1 }
    guard let weights = covariance.weights(difference) else {
      return (mu, ["some combination of the numbers has no noise in it"])
    }
    let f = test.statistic(zip(weights, difference).reduce(0) { $0 + $1.0 * $1.1 })
    let bound = test.lowerBound(f, level: levels.separation)
    let interval = test.interval(f, confidence: 0.95)
    (mu.estimate, mu.low, mu.high) = (test.estimate(f), interval?.low, interval?.high)
    (mu.bound, mu.pValue) = (bound, test.pValue(f, claim: attack.claim))
    guard bound > attack.claim else { return (mu, []) }
    return (
      mu, ["μ is at least \(Numeral.fixed(bound, 4)) where the policy allows \(Numeral.fixed(attack.claim, 4))"]
    )
  }

  private func threshold(_ trials: AttackTrials) -> (epsilon: NoiseReport.Epsilon, reasons: [String]) {
    var epsilon = NoiseReport.Epsilon()
    let claim = try? GaussianAccountant.epsilon(mu: attack.claim, delta: subject.delta)
    epsilon.claim = claim.flatMap { $0.isFinite ? $0 : nil }
    epsilon.bound = trials.threshold?.epsilon(delta: subject.delta, level: levels.threshold)
    guard let bound = epsilon.bound, let claim = epsilon.claim, bound > claim else { return (epsilon, []) }
    return (
      epsilon,
      [
        "ε is at least \(Numeral.fixed(bound, 4)) where the policy allows \(Numeral.fixed(claim, 4)): by a threshold alone"
      ]
    )
  }

  /// Why nothing found is no proof.
  private func doubts(_ detectable: Double?, _ trials: Int) -> [String] {
    if let obstacle = attack.obstacle { return [obstacle] }
    let count = Numeral.grouped(trials)
    guard let detectable else {
      return ["\(count) trials of \(Numeral.grouped(attack.numbers)) numbers are too few to say anything"]
    }
    guard attack.needsPower, detectable - attack.claim > attack.guarantee else { return [] }
    return [
      "\(count) trials are too few: an excess as large as the guarantee, \(Numeral.figure(attack.guarantee)), could be missed"
    ]
  }
}
