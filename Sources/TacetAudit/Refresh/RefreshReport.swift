import Foundation

/// What a refresh of the student came to, without liars and with them. Errors are in the unit of the model's target.
public struct RefreshReport: Codable, Sendable, Equatable {
  /// One attack.
  public struct Row: Codable, Sendable, Equatable {
    /// Its name; `none` without one.
    public let attack: String
    /// How many devices lied.
    public let liars: Int
    /// Whether the devices' sums had their noise.
    public let noised: Bool
    /// The mean absolute error of the test part after all rounds: the mean over the draws,
    public let mae: Double
    /// the least
    public let least: Double
    /// and the most.
    public let most: Double
    /// By how much it is smaller than before, as a share.
    public let gain: Double
    /// In how many rounds a better student was found, in the mean.
    public let published: Double
    /// Without an attack: the student is better. Under one: it is no worse.
    public let holds: Bool

    init(attack: String, liars: Int, isNoised: Bool, _ outcomes: [RefreshTrial.Outcome]) {
      let errors = outcomes.map(\.after)
      (self.attack, self.liars, noised) = (attack, liars, isNoised)
      mae = errors.reduce(0, +) / Double(max(1, errors.count))
      (least, most) = (errors.min() ?? 0, errors.max() ?? 0)
      let before = outcomes.first?.before ?? 0
      // Of the differences: where nothing was changed it is exactly 0.
      let less = outcomes.reduce(0) { $0 + ($1.before - $1.after) } / Double(max(1, outcomes.count))
      gain = before > 0 ? less / before : 0
      published = Double(outcomes.reduce(0) { $0 + $1.published }) / Double(max(1, outcomes.count))
      holds = liars == 0 ? gain > 0 : gain >= 0
    }
  }

  /// Whether every row does.
  public let holds: Bool
  /// The model pack's name.
  public let model: String
  /// How many devices took part,
  public let devices: Int
  /// in so many rounds
  public let rounds: Int
  /// of so many steps.
  public let stepsPerRound: Int
  /// μ of a round,
  public let mu: Double
  /// for an individual with so many passages,
  public let passages: Int
  /// each so many seconds long at most.
  public let eventSeconds: Int
  /// The aggregator's rule.
  public let rule: String
  /// How often each attack was played, with noise of its own.
  public let draws: Int
  /// The mean absolute error of the test part with the student as it was trained.
  public let maeBefore: Double
  /// One without noise, one with it, and one for each attack.
  public let rows: [Row]

  init(_ trial: RefreshTrial, draws: Int, rows: [Row]) {
    holds = !rows.isEmpty && rows.allSatisfy(\.holds)
    (model, devices, rounds) = (trial.modelName, trial.deviceCount, trial.roundCount)
    let parameters = trial.parameters
    (stepsPerRound, eventSeconds) = (parameters.steps, parameters.eventSeconds)
    (mu, passages) = (parameters.sum.window.cost.mu, parameters.sum.passages)
    (rule, self.draws, maeBefore, self.rows) = (trial.rule, draws, trial.errorBefore, rows)
  }

  /// A line a row.
  package var text: String {
    let head =
      "\(model): \(devices) devices, \(rounds) rounds of \(stepsPerRound) steps, μ = \(String(format: "%.3g", mu)) a round for \(passages) "
      + "passages of \(eventSeconds) s at most, \(rule); mean absolute error before \(String(format: "%.4f", maeBefore))"
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
