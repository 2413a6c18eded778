import TacetInference
import TacetPolicy
package import TacetPrivacy

/// What each ε buys with one model pack: recorded steps forecast again, in one process, at several noise levels.
package struct PriceList: Sendable {
  private let reference: ReferenceModel
  private let steps: Range<Int>
  private let delta: Double
  private let trained: Policy.Privacy.Releases
  private let levels: [Policy.Privacy.Releases]

  /// - Parameters:
  ///   - reference: the pack, and what its sensors show.
  ///   - steps: which steps, 0 or later.
  ///   - delta: δ of every ε, strictly between 0 and 1.
  ///   - plan: what a policy lets devices release of counts; without one an individual counts once in a window, and a run is a window.
  /// - Throws: ``PriceError/noise(model:reason:)`` when the pack was trained for noise that no device can draw.
  package init(
    _ reference: ReferenceModel, steps: Range<Int>, delta: Double, plan: ContributionPlan? = nil
  ) throws(PriceError) {
    (self.reference, self.steps, self.delta) = (reference, steps, delta)
    do {
      trained = try Self.trained(reference, plan: plan)
      levels = try Self.levels(around: trained)
    } catch {
      throw .noise(model: reference.model.manifest.model, reason: "\(error)")
    }
  }

  /// What is charged at a time with the noise that the pack was trained for.
  package var mechanism: Mechanism { trained.mechanism }

  /// How many steps are forecast in all.
  package var stepsInAll: Int { (levels.count + 1) * steps.count }

  /// A row for each level, those of the most noise first.
  /// - Parameter progress: called after each step that was forecast, of ``stepsInAll``; from several tasks.
  /// - Throws: `InferenceError`, what the release mechanism throws, `CancellationError`.
  package func prices(progress: @escaping @Sendable () -> Void = {}) async throws -> [RunReport.EpsilonPrice] {
    let truth = GroundTruth(reference.feeds, steps: steps)
    let ideal = try reference.forecasts(steps: steps, noise: .none, progress: progress)
    let baselines = (
      student: truth.meanError(of: ideal.student), last: truth.meanErrorOfLastValue,
      reference: truth.meanError(of: ideal.mesh)
    )
    return try await withThrowingTaskGroup(of: (Int, RunReport.EpsilonPrice).self) { group in
      for (number, releases) in levels.enumerated() {
        group.addTask {
          let noised = try reference.forecasts(steps: steps, noise: .releases(releases), progress: progress)
          let errors = RunReport.MeanErrors(
            mesh: truth.meanError(of: noised.mesh), student: baselines.student, lastValue: baselines.last,
            reference: baselines.reference)
          return (number, try row(releases, errors))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  // MARK: Noise levels

  private static func trained(
    _ reference: ReferenceModel, plan: ContributionPlan?
  ) throws -> Policy.Privacy.Releases {
    let manifest = reference.model.manifest
    switch manifest.cut {
    case .activation(let radius, let scale): return .anyInput(try ReleaseParameters(radius: radius, scale: scale))
    case .counts(_, let taps, let scale):
      if let plan { return .contribution(plan) }
      return .contribution(
        try ContributionPlan(
          filter: CausalFilter(taps: taps), passages: 1, bound: 1, scale: scale,
          steps: reference.stepsPerRun * manifest.binsPerStep))
    }
  }

  /// μ from a quarter to four times what the pack was trained for, as far as there are such; scale of activations and filter of counts stay.
  private static func levels(around trained: Policy.Privacy.Releases) throws -> [Policy.Privacy.Releases] {
    let factors = [0.25, 0.5, 1, 2, 4]
    switch trained {
    case .anyInput(let parameters):
      let radii = factors.map { Int((Double(parameters.radius) * $0).rounded()) }
      return try distinct(radii.map { min(max(1, $0), ReleaseParameters.largestRadius) })
        .map { .anyInput(try ReleaseParameters(radius: $0, scale: parameters.scale)) }
    case .contribution(let plan):
      return try distinct(factors.map { nearestScale(to: Double(plan.parameters.scale) / $0) })
        .map { .contribution(try plan.with(scale: $0)) }
    }
  }

  private static func distinct(_ numbers: [Int]) -> [Int] {
    numbers.enumerated().filter { !numbers.prefix($0.offset).contains($0.element) }.map(\.element)
  }

  /// The nearest noise scale that can be drawn.
  private static func nearestScale(to scale: Double) -> Int {
    NoiseScale.all.min { abs(Double($0) - scale) < abs(Double($1) - scale) } ?? NoiseScale.largest
  }

  // MARK: Costs

  private func row(
    _ releases: Policy.Privacy.Releases, _ errors: RunReport.MeanErrors
  ) throws -> RunReport.EpsilonPrice {
    let mechanism = releases.mechanism
    let epsilon = { (cost: PrivacyCost, count: Int) in
      try GaussianAccountant.epsilon(cost: cost * UInt64(count), delta: delta)
    }
    let day = max(1, 86_400 / reference.model.manifest.stepSeconds)
    var passage: PrivacyCost?
    if case .contribution(let plan) = releases { passage = plan.passageCost }
    return RunReport.EpsilonPrice(
      unit: mechanism.unit.rawValue, mu: mechanism.cost.mu,
      epsilonRun: try epsilon(mechanism.cost, charges(in: steps.count, mechanism)),
      epsilonDay: try epsilon(mechanism.cost, charges(in: day, mechanism)),
      epsilonPassage: try passage.map { try epsilon($0, 1) },
      epsilonTrip: try passage.map { try epsilon($0, RunReport.EpsilonPrice.tripDevices) }, mae: errors,
      gainKeptPercent: errors.gainKept)
  }

  /// How many charges a device makes in so many steps: for each release, or for each window, which ends with its run.
  private func charges(in steps: Int, _ mechanism: Mechanism) -> Int {
    guard mechanism.unit == .contribution else { return steps }
    let run = reference.stepsPerRun
    let window = min(run, max(1, mechanism.steps / reference.model.manifest.binsPerStep))
    let windows = { (steps: Int) in (steps + window - 1) / window }
    return steps / run * windows(run) + windows(steps % run)
  }
}
