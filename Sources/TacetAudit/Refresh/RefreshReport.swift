import Foundation

/// What a refresh of the student came to, without liars and with them.
package struct RefreshReport: Encodable, Sendable {
  /// One attack.
  package struct Row: Encodable, Sendable {
    package let attack: String
    package let liars: Int
    /// Whether the devices' sums had their noise.
    package let noised: Bool
    /// The mean absolute error of the test part after all rounds: the mean over the draws, the least and the most.
    package let mae: Double
    package let least: Double
    package let most: Double
    /// By how much it is smaller than before, as a share.
    package let gain: Double
    /// In how many rounds a better student was found, in the mean.
    package let published: Double
    /// Without an attack: the student is better. Under one: it is no worse.
    package let holds: Bool

    init(attack: String, liars: Int, isNoised: Bool, _ outcomes: [RefreshTrial.Outcome]) {
      let errors = outcomes.map(\.after)
      (self.attack, self.liars, noised) = (attack, liars, isNoised)
      mae = errors.reduce(0, +) / Double(max(1, errors.count))
      (least, most) = (errors.min() ?? 0, errors.max() ?? 0)
      let before = outcomes.first?.before ?? 0
      gain = before > 0 ? 1 - mae / before : 0
      published = Double(outcomes.reduce(0) { $0 + $1.published }) / Double(max(1, outcomes.count))
      holds = liars == 0 ? gain > 0 : gain >= 0
    }
  }

  package let holds: Bool
  package let model: String
  package let devices: Int
  package let rounds: Int
  package let stepsPerRound: Int
  /// μ of a round, for whatever happens within an event.
  package let mu: Double
  package let eventSeconds: Int
  package let rule: String
  package let draws: Int
  /// The mean absolute error of the test part with the student as it was trained.
  package let maeBefore: Double
  package let rows: [Row]

  init(_ trial: RefreshTrial, draws: Int, rows: [Row]) {
    holds = !rows.isEmpty && rows.allSatisfy(\.holds)
    (model, devices, rounds) = (trial.modelName, trial.deviceCount, trial.roundCount)
    let parameters = trial.parameters
    (stepsPerRound, eventSeconds) = (parameters.steps, parameters.eventSeconds)
    mu = parameters.sum.window.cost.mu
    (rule, self.draws, maeBefore, self.rows) = (trial.rule, draws, trial.errorBefore, rows)
  }

  /// A line a row.
  package var text: String {
    let head =
      "\(model): \(devices) devices, \(rounds) rounds of \(stepsPerRound) steps, μ = \(String(format: "%.3g", mu)) a round for what happens "
      + "within \(eventSeconds) s, \(rule); mean absolute error before \(String(format: "%.4f", maeBefore))"
    let lines = rows.map { row in
      let name = (row.attack + (row.noised ? "" : ", no noise")).padding(toLength: 20, withPad: " ", startingAt: 0)
      let figures = String(
        format: "%.4f (%.4f to %.4f)  %+6.2f %%  %4.1f published", row.mae, row.least, row.most, -100 * row.gain,
        row.published)
      return "\(name) f = \(row.liars)  \(figures)  \(row.holds ? "holds" : "DOES NOT HOLD")"
    }
    return ([head] + lines + [holds ? "holds" : "does not hold"]).joined(separator: "\n")
  }
}
