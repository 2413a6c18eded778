import TacetAudit
import TacetInference
import TacetMesh
import TacetPolicy
import TacetPrivacy

/// What each ε buys under either privacy unit: the hours of a run once more, in process, at other noise levels.
struct PriceList {
  private let evidence: Evidence
  private var stage: Stage { evidence.stage }
  private var steps: Range<Int> { 0..<stage.options.steps }

  init(_ evidence: Evidence) {
    self.evidence = evidence
  }

  /// The rows of both units. Of the policy's own, its parameters are among them.
  func prices() throws -> [RunReport.EpsilonPrice] {
    try PrivacyUnit.allCases.flatMap { unit in
      let model =
        unit == stage.policy.privacy.unit
        ? stage.model : try ModelPack.load(from: stage.options.models.folder(for: unit))
      return try prices(of: model)
    }
  }

  private func prices(of model: ModelPack) throws -> [RunReport.EpsilonPrice] {
    let reference = evidence.reference(of: model)
    let ideal = try reference.forecasts(steps: steps, noise: .none)
    let sites = evidence.feeds.indices
    let unnoised = meanError(of: ideal)
    let student = try meanError(at: steps, sites: sites) { step, site in
      try evidence.feeds[site].window(at: step).map {
        try model.studentForecast(window: $0, site: model.manifest.sites[site])
      }
    }
    let last = meanError(at: steps, sites: sites) { step, site in
      evidence.feeds[site].truth(at: step).map { truth in truth.future.map { _ in truth.last } }
    }
    return try levels(of: model).map { releases in
      let forecasts = try reference.forecasts(steps: steps, noise: .releases(releases))
      return try row(
        releases.mechanism,
        RunReport.MeanErrors(
          mesh: meanError(of: forecasts), student: student, lastValue: last, reference: unnoised))
    }
  }

  /// μ from a quarter to four times what the pack was trained for; the radius of activations and the filter of counts stay.
  private func levels(of model: ModelPack) throws -> [Policy.Privacy.Releases] {
    switch model.manifest.cut {
    case .activation(let radius, let scale):
      try [4, 2, 1].map { .anyInput(try ReleaseParameters(radius: max(1, radius / $0), scale: scale)) }
        + [2, 4].map { .anyInput(try ReleaseParameters(radius: radius * $0, scale: scale)) }
    case .counts(_, let taps, let scale):
      try [4 * scale, 2 * scale, scale, max(1, scale / 2), max(1, scale / 4)].map {
        .contribution(try plan(taps, scale: $0))
      }
    }
  }

  /// The policy's plan, where it has one, with another noise scale; else one passage in each window, a window each run.
  private func plan(_ taps: [Int], scale: Int) throws -> ContributionPlan {
    if case .contribution(let plan) = stage.policy.privacy.releases { return try plan.with(scale: scale) }
    return try ContributionPlan(
      filter: CausalFilter(taps: taps), passages: 1, bound: 1, scale: scale,
      steps: stage.stepsPerRun * stage.model.manifest.binsPerStep)
  }

  private func row(_ mechanism: Mechanism, _ errors: RunReport.MeanErrors) throws -> RunReport.EpsilonPrice {
    // A policy has at least one budget.
    let delta = stage.policy.privacy.budgets[0].delta
    let epsilon = { (count: Int) in
      try GaussianAccountant.epsilon(cost: mechanism.cost * UInt64(count), delta: delta)
    }
    let manifest = stage.model.manifest
    let day = 86_400 / manifest.stepSeconds
    let isWindow = mechanism.unit == .contribution
    let perCharge = isWindow ? min(stage.stepsPerRun, max(1, mechanism.steps / manifest.binsPerStep)) : 1
    return RunReport.EpsilonPrice(
      unit: mechanism.unit.rawValue, mu: mechanism.cost.mu,
      epsilonRun: try epsilon(charges(in: steps.count, perCharge)),
      epsilonDay: try epsilon(charges(in: day, perCharge)),
      epsilonTrip: isWindow ? try epsilon(RunReport.EpsilonPrice.tripDevices) : nil, mae: errors,
      gainKeptPercent: errors.gainKept)
  }

  private func charges(in steps: Int, _ stepsPerCharge: Int) -> Int { (steps - 1) / stepsPerCharge + 1 }

  /// The mean error of what `forecast` makes of a step and a site, where there is a forecast and something to judge it by.
  private func meanError(
    at steps: Range<Int>, sites: Range<Int>, of forecast: (Int, Int) throws -> [Float]?
  ) rethrows -> Double? {
    var (sum, count) = (0.0, 0)
    for step in steps {
      for site in sites {
        guard let truth = evidence.feeds[site].truth(at: step), let made = try forecast(step, site) else { continue }
        sum += Score.error(made, truth.future)
        count += 1
      }
    }
    return count == 0 ? nil : sum / Double(count)
  }

  private func meanError(of forecasts: [[[Float]]]) -> Double? {
    meanError(at: forecasts.indices, sites: evidence.feeds.indices) { step, site in
      forecasts[step].indices.contains(site) ? forecasts[step][site] : nil
    }
  }
}
