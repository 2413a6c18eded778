import Foundation
import TacetAudit
import TacetInference
import TacetMesh
import TacetPolicy
import TacetPrivacy
import TacetTrust

/// The run over time, for the report's plots.
struct ReportSeries {
  private static let buckets = 60

  private let evidence: Evidence
  private let width: Int

  init(_ evidence: Evidence) {
    self.evidence = evidence
    width = max(1, evidence.stage.options.steps / Self.buckets)
  }

  func series() throws -> RunReport.Series {
    RunReport.Series(
      maeOverTime: errors(), epsilonOverTime: try epsilons(), latencyHistogram: histogram(),
      latencyOverTime: latencies(), trustOverTime: trusts())
  }

  private func errors() -> [RunReport.ErrorPoint] {
    let groups = Dictionary(grouping: evidence.scores) { $0.step / width }
    return groups.sorted { $0.key < $1.key }.map { bucket, scores in
      let step = bucket * width
      return RunReport.ErrorPoint(step: step, cityTime: cityTime(of: step), mae: scores.meanErrors)
    }
  }

  /// The time in the city: each run is one hour, from 07:00.
  private func cityTime(of step: Int) -> String {
    let perRun = evidence.schedule.stepsPerRun
    let manifest = evidence.stage.model.manifest
    let seconds = manifest.window * manifest.binSeconds + step % perRun * manifest.stepSeconds
    return String(format: "hour %d, %02d:%02d", step / perRun + 1, 7 + seconds / 3600, seconds / 60 % 60)
  }

  private func epsilons() throws -> [RunReport.EpsilonCurve] {
    let privacy = evidence.stage.policy.privacy
    let cost = privacy.releases.mechanism.cost
    return try evidence.sites.map { site in
      // A device has at least one budget.
      let delta = privacy.budgets(for: site.device)[0].delta
      var charged: Set<String> = []
      var points: [RunReport.StepValue] = []
      for record in site.forecasts {
        if let release = record.release { charged.insert(release) }
        guard record.step % width == 0 else { continue }
        let epsilon = try GaussianAccountant.epsilon(cost: cost * UInt64(charged.count), delta: delta)
        points.append(RunReport.StepValue(step: record.step, value: epsilon))
      }
      return RunReport.EpsilonCurve(device: site.device, points: points)
    }
  }

  private func latencies() -> [RunReport.LatencyPoint] {
    let groups = Dictionary(grouping: evidence.sites.flatMap(\.forecasts)) { $0.step / width }
    return groups.sorted { $0.key < $1.key }.map { bucket, records in
      let values = records.map(\.latencyMs)
      return RunReport.LatencyPoint(
        step: bucket * width, p50: values.percentile(50), p99: values.percentile(99))
    }
  }

  private func histogram() -> [RunReport.LatencyBin] {
    let values = evidence.sites.flatMap(\.forecasts).map(\.latencyMs)
    guard let least = values.min(), let most = values.percentile(99.5), most > least else { return [] }
    let size = (most - least) / 24
    let counts = Dictionary(grouping: values) { min(23, Int(($0 - least) / size)) }.mapValues(\.count)
    return (0..<24).map { bin in
      let edge = least + Double(bin) * size
      return RunReport.LatencyBin(fromMs: edge, toMs: edge + size, count: counts[bin] ?? 0)
    }
  }

  private func trusts() -> [RunReport.TrustCurve] {
    evidence.stage.gateways.map { gateway in
      let records = evidence.sites.flatMap(\.forecasts).filter { $0.step % width == 0 }
      let groups = Dictionary(grouping: records, by: \.step)
      let points = groups.sorted { $0.key < $1.key }.map { step, records in
        let trust = records.compactMap { $0.trust["gateway/\(gateway)"] }
        return RunReport.StepValue(
          step: step, value: trust.isEmpty ? nil : trust.reduce(0, +) / Double(trust.count))
      }
      return RunReport.TrustCurve(gateway: gateway, points: points, standings: standings(of: "gateway/\(gateway)"))
    }
  }

  /// Where a gateway stood at most sites, step by step.
  private func standings(of gateway: String) -> [RunReport.StandingSpan]? {
    let groups = Dictionary(grouping: evidence.sites.flatMap(\.forecasts), by: \.step)
    let steps = groups.sorted { $0.key < $1.key }.compactMap { step, records in
      Self.most(records.compactMap { $0.standings?[gateway] }).map { (step, $0) }
    }
    guard !steps.isEmpty else { return nil }
    var spans: [RunReport.StandingSpan] = []
    for (step, standing) in steps {
      let before = spans.last.flatMap { $0.standing == standing && $0.toStep == step ? spans.removeLast() : nil }
      spans.append(
        RunReport.StandingSpan(fromStep: before?.fromStep ?? step, toStep: step + 1, standing: standing))
    }
    return spans
  }

  /// The most frequent; of those that are as frequent the one that comes later in a gateway's fall: the worse.
  static func most(_ standings: [Standing]) -> Standing? {
    // Of equals `max` takes the first.
    let order: [Standing] = [.quarantine, .probation, .newcomer, .trusted]
    let counts = Dictionary(grouping: standings) { $0 }.mapValues(\.count)
    return order.filter { counts[$0] != nil }.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) }
  }
}
