import TacetInference
package import TacetTrust

/// A mesh over recorded steps, in one process: several gateways answer each query, some of them lie, and the answers are aggregated
/// before they correct the student's forecast.
///
/// Honest gateways run the same model on the same releases. They differ in what they missed: each release is lost on its way to
/// each gateway with a small probability.
struct AggregationTrial: Sendable {
  /// Of one step: what the sites see, and what each gateway would answer if it were honest.
  private struct Step: Sendable {
    let windows: [FloatTensor]
    let students: [[Float]]
    /// [gateway][site].
    let encodings: [[[Float]]]
  }

  /// What became of the forecasts under one attack.
  struct Outcome: Sendable {
    /// Their mean absolute error; nil where there is nothing to judge them by.
    let error: Double?
    /// How many were left to the student, because the rule refused what was left of the answers.
    let refused: Int
  }

  private let model: ModelPack
  private let truth: GroundTruth
  /// nil where some sensor sleeps.
  private let steps: [Step?]

  init(_ reference: ReferenceModel, _ settings: AggregationSurvey.Settings, progress: () -> Void) throws {
    model = reference.model
    truth = GroundTruth(reference.feeds, steps: 0..<settings.steps)
    var steps: [Step?] = []
    try reference.play(steps: 0..<settings.steps, noise: settings.noise) { moment in
      defer { progress() }
      guard let moment else { return steps.append(nil) }
      let students = try zip(reference.model.manifest.sites, moment.windows).map { site, window in
        try reference.model.studentForecast(window: window, site: site)
      }
      let encodings = try (0..<settings.gateways).map { gateway in
        try reference.model.encode(history: settings.heard(moment, by: gateway)).rows
      }
      steps.append(Step(windows: moment.windows, students: students, encodings: encodings))
    }
    self.steps = steps
  }

  /// The student's error, without any gateway.
  var studentError: Double? { truth.meanError(of: steps.map { $0?.students ?? [] }) }

  /// The error of a mesh in which nobody lies and nobody is doubted: the mean of all answers.
  func honestError() throws -> Double? {
    try outcome(Aggregator(rule: .mean), byzantine: 0, attack: nil, seed: 0).error
  }

  /// What a rule makes of it when so many of the gateways lie.
  func outcome(
    _ aggregator: Aggregator, byzantine: Int, attack: (any AggregationAttack)?, seed: UInt64
  ) throws -> Outcome {
    var generator: any RandomNumberGenerator = LeakGenerator(seed: seed)
    var refused = 0
    let forecasts = try steps.map { step -> [[Float]] in
      try Task.checkCancellation()
      guard let step else { return [] }
      return try model.manifest.sites.indices.map { site in
        let answers = step.encodings.map { $0[site] }
        let honest = attack == nil ? answers : Array(answers.dropLast(byzantine))
        let lies = attack?.lies(honest: honest, byzantine: byzantine, against: aggregator, using: &generator) ?? []
        guard let encoding = try? aggregator.aggregate(Vectors(honest + lies.compactMap { $0 }), threads: 1).values
        else {
          refused += 1
          return step.students[site]
        }
        return try model.forecast(
          window: step.windows[site], site: model.manifest.sites[site], student: step.students[site],
          encoding: encoding)
      }
    }
    return Outcome(error: truth.meanError(of: forecasts), refused: refused)
  }
}
