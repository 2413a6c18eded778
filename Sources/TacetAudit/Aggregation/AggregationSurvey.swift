import Foundation
package import TacetInference
package import TacetTrust

/// What liars do to the forecasts of a model pack, for each rule, attack and number of liars: the work behind `tacet verify aggregation`.
package struct AggregationSurvey: Sendable {
  /// What is tried.
  package struct Settings: Sendable {
    /// How many gateways answer each query, those that lie included.
    package let gateways: Int
    /// How many steps of the recording, from its beginning.
    package let steps: Int
    /// The probability that a gateway missed a release, each on its own.
    package let missed: Double
    /// How much larger the mean error may be than without liars, as a share of that.
    package let loss: Double
    package let seed: UInt64
    package let noise: HeardSite.Noise

    package init(gateways: Int, steps: Int, missed: Double, loss: Double, seed: UInt64, noise: HeardSite.Noise) {
      (self.gateways, self.steps, self.missed, self.loss) = (gateways, steps, missed, loss)
      (self.seed, self.noise) = (seed, noise)
    }
  }

  /// A rule, how many gateways lie to it, and whether the verdict rests on it.
  package struct Subject: Sendable {
    /// The mean must be set up for no liar, or it refuses everything.
    package let aggregator: Aggregator
    package let liars: Int
    package let decides: Bool

    package init(_ aggregator: Aggregator, liars: Int, decides: Bool) {
      (self.aggregator, self.liars, self.decides) = (aggregator, liars, decides)
    }
  }

  /// The name, in reports, of nobody lying.
  package static let noAttack = "none"

  private struct Cell: Sendable {
    let subject: Subject
    let attack: (any AggregationAttack)?
  }

  private let reference: ReferenceModel
  private let settings: Settings
  private let cells: [Cell]

  /// - Parameters:
  ///   - pack: the model.
  ///   - recordings: of its sensors.
  ///   - subjects: 1 or more; each is tried without an attack first.
  /// - Throws: `InferenceError` where the recording is not one of the pack's sensors.
  package init(
    _ pack: ModelPack, over recordings: SiteRecordings, subjects: [Subject], attacks: [any AggregationAttack],
    _ settings: Settings
  ) throws {
    let feeds = try recordings.feeds(of: pack.manifest)
    reference = ReferenceModel(model: pack, feeds: feeds)
    self.settings = Settings(
      gateways: settings.gateways, steps: min(settings.steps, feeds.first?.steps ?? 0), missed: settings.missed,
      loss: settings.loss, seed: settings.seed, noise: settings.noise)
    cells = subjects.flatMap { subject in
      let attacked = subject.liars == 0 ? [] : attacks
      return [Cell(subject: subject, attack: nil)] + attacked.map { Cell(subject: subject, attack: $0) }
    }
  }

  /// How many pieces of work there are.
  package var piecesInAll: Int { settings.steps + cells.count }

  /// Tries everything.
  /// - Parameter progress: called with how many pieces, of ``piecesInAll``, are done; from several tasks.
  /// - Throws: `InferenceError`, what the release mechanism throws, `CancellationError`.
  package func report(progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> AggregationReport {
    let done = Tally()
    let trial = try AggregationTrial(reference, settings) { progress(done.add(1)) }
    let honest = try trial.honestError()
    let rows = try await withThrowingTaskGroup(of: (Int, AggregationReport.Row).self) { group in
      for (number, cell) in cells.enumerated() {
        group.addTask {
          defer { progress(done.add(1)) }
          return (number, try row(cell, trial, honest: honest, number: number))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return AggregationReport(
      model: reference.model.manifest.model, gateways: settings.gateways, steps: settings.steps,
      missed: settings.missed, seed: settings.seed, allowedLoss: settings.loss, maeStudent: trial.studentError,
      maeMesh: honest, rows: rows)
  }

  private func row(
    _ cell: Cell, _ trial: AggregationTrial, honest: Double?, number: Int
  ) throws -> AggregationReport.Row {
    let aggregator = cell.subject.aggregator
    let outcome = try trial.outcome(
      aggregator, byzantine: cell.subject.liars, attack: cell.attack, seed: settings.seed &+ UInt64(number))
    var loss: Double?
    if let error = outcome.error, let honest, honest > 0 { loss = error / honest - 1 }
    // A rule that is refused when all answer is set up for more than there are.
    let isSetUp = cell.attack != nil || outcome.refused == 0
    return AggregationReport.Row(
      rule: aggregator.rule.name.rawValue, mixed: aggregator.mixing != nil, byzantine: cell.subject.liars,
      attack: cell.attack?.name ?? Self.noAttack, mae: outcome.error, loss: loss, refused: outcome.refused,
      decides: cell.subject.decides, holds: isSetUp && (loss.map { $0 <= settings.loss } ?? false))
  }
}

extension AggregationSurvey.Settings {
  /// What of a history has arrived at one gateway. The same release, asked for again at a later step, is lost or not as it was.
  func heard(_ moment: ReferenceModel.Moment, by gateway: Int) -> [[Int: [Float]]] {
    moment.history.enumerated().map { place, releases in
      releases.filter { site, _ in
        let step = moment.step - (moment.history.count - 1 - place)
        var generator = LeakGenerator(
          seed: seed ^ UInt64(bitPattern: Int64((step * 4096 + site) * 4096 + gateway)) &* 0x9E37_79B9_7F4A_7C15)
        return Double.random(in: 0..<1, using: &generator) >= missed
      }
    }
  }
}
