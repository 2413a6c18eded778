import Foundation
import TacetAudit
import TacetInference
import TacetLog
import TacetMesh
import TacetPolicy
import TacetPrivacy

/// Makes the report of a performance out of its evidence.
struct ReportBuilder {
  private let evidence: Evidence
  private var stage: Stage { evidence.stage }

  init(_ evidence: Evidence) {
    self.evidence = evidence
  }

  /// The whole report.
  func report() async throws -> RunReport {
    let refresh = try stage.refresh.map { trial in
      let liars = stage.policy.refresh?.aggregator.byzantine ?? 0
      return try RefreshSurvey(trial, RefreshSurvey.Settings(liars: liars, draws: 5, seed: 1)).report()
    }
    return RunReport(
      run: run(), summary: summary(), epsilonPrice: try await prices(), refresh: refresh,
      cameras: cameras(), gateways: gateways(), intruders: intruders(), series: try ReportSeries(evidence).series(),
      claims: Claims(evidence, refresh: refresh).all())
  }

  // MARK: What each ε buys

  /// The rows of both units. Of the policy's own, its parameters are among them.
  private func prices() async throws -> [RunReport.EpsilonPrice] {
    var rows: [RunReport.EpsilonPrice] = []
    for unit in PrivacyUnit.allCases {
      rows += try await prices(
        of: unit == stage.policy.privacy.unit
          ? stage.model : try ModelPack.load(from: stage.options.models.folder(for: unit)))
    }
    return rows
  }

  private func prices(of model: ModelPack) async throws -> [RunReport.EpsilonPrice] {
    // A policy has at least one budget.
    try await PriceList(
      stage.reference(of: model), steps: 0..<stage.options.steps, delta: stage.policy.privacy.budgets[0].delta,
      plan: stage.policy.privacy.plan
    ).prices()
  }

  // MARK: What was run

  private func run() -> RunReport.Run {
    let manifest = stage.model.manifest
    return RunReport.Run(
      startedAt: evidence.record.start,
      durationSeconds: evidence.record.end.timeIntervalSince(evidence.record.start),
      tacetVersion: TacetVersion.current,
      policy: RunReport.FileDigest(name: stage.options.policy.lastPathComponent, sha256: stage.policy.digest),
      modelName: manifest.model, modelVersion: String(manifest.version),
      modelFiles: RunReport.FileDigest.files(of: manifest),
      operatingSystem: ProcessInfo.processInfo.operatingSystemVersionString,
      cores: ProcessInfo.processInfo.activeProcessorCount, sites: stage.sites.count,
      gateways: stage.gateways.count, steps: stage.options.steps, stepSeconds: Double(manifest.stepSeconds),
      acceleration: Double(manifest.stepSeconds) / stage.policy.timing.tick.seconds,
      privacyUnit: stage.policy.privacy.unit.rawValue,
      mechanism: RunReport.Mechanism(stage.policy.privacy.releases.mechanism),
      trustThreshold: stage.policy.trust.parameters.threshold,
      refreshPassages: stage.policy.refresh?.parameters.sum.passages)
  }

  // MARK: Headline figures

  private func summary() -> RunReport.Summary {
    let latencies = evidence.sites.flatMap(\.forecasts).map(\.latencyMs)
    let errors = evidence.scores.meanErrors
    return RunReport.Summary(
      forecasts: evidence.scores.count,
      meshForecasts: evidence.scores.filter(\.meshTookPart).count,
      mae: errors,
      maeWhereMesh: evidence.scores.filter(\.meshTookPart).meanErrors,
      gainKeptPercent: errors.gainKept,
      latencyMs: RunReport.Latency(
        p50: latencies.percentile(50), p99: latencies.percentile(99), max: latencies.max()),
      wire: wire(),
      devicesFallenBack: evidence.sites.filter { $0.forecasts.last?.silence != nil }.map(\.device),
      intrudersRefused: intruders().filter(\.refused).count)
  }

  private func wire() -> RunReport.Wire {
    let sites = evidence.sites.map(\.wire)
    let bytes = sites.reduce(0) { $0 + $1.bytesSent + $1.bytesReceived }
    let messages = sites.reduce(0) {
      $0 + $1.recordsSent.values.reduce(0, +) + $1.recordsReceived.values.reduce(0, +)
    }
    let gateways = evidence.gateways.map(\.wire)
    return RunReport.Wire(
      bytesPerInference: evidence.scores.isEmpty ? nil : Double(bytes) / Double(evidence.scores.count),
      messageBytes: stage.policy.message.bytes, messages: messages,
      recordSizesSent: Set(sites.flatMap(\.recordsSent.keys)).compactMap { Int($0) }.sorted(),
      recordSizesReceived: Set(sites.flatMap(\.recordsReceived.keys)).compactMap { Int($0) }.sorted(),
      deadlinesKept: gateways.reduce(0) { $0 + ($1.deadlinesKept ?? 0) },
      deadlinesMissed: gateways.reduce(0) { $0 + ($1.deadlinesMissed ?? 0) },
      slotsSent: sites.reduce(0) { $0 + ($1.slotsSent ?? 0) },
      slotsSkipped: sites.reduce(0) { $0 + ($1.slotsSkipped ?? 0) })
  }

  // MARK: Devices

  private func cameras() -> [RunReport.Camera] {
    evidence.sites.map { site in
      // A device has at least one budget, and the window's comes first.
      let budget = stage.policy.privacy.budgets(for: site.device)[0]
      return RunReport.Camera(
        device: site.device, charges: site.charged.count,
        epsilonSpent: site.ledger.devices.first { $0.device == site.device }?.epsilonSpent,
        epsilonBudget: budget.epsilon, delta: budget.delta,
        deltaSlack: site.ledger.devices.first { $0.device == site.device }?.budgets.first?.deltaSlack,
        exhaustedAtStep: site.forecasts.first { $0.silence == ForecastRecord.budgetSpent }?.step,
        mode: site.forecasts.last?.silence == nil ? "mesh" : "student",
        ledger: RunReport.LedgerAudit(
          size: Int(site.ledger.size), root: site.ledger.root.base64, holds: site.ledger.holds))
    }
  }

  private func gateways() -> [RunReport.Gateway] {
    stage.gateways.map { name in
      let id = "gateway/\(name)"
      let final = evidence.sites.compactMap { $0.forecasts.last }
      let trust = final.compactMap { $0.trust[id] }
      let quarantined = evidence.sites.flatMap(\.forecasts).filter { $0.quarantined.contains(id) }
      let liar = stage.liars.first { $0.name == name }
      return RunReport.Gateway(
        name: name, lied: liar != nil, lie: liar?.lie.rawValue, liedFrom: liar.map(stage.first), trustMin: trust.min(),
        trustMean: trust.isEmpty ? nil : trust.reduce(0, +) / Double(trust.count), trustMax: trust.max(),
        quarantinedBy: final.filter { $0.quarantined.contains(id) }.count,
        firstQuarantinedStep: quarantined.map(\.step).min())
    }
  }

  private func intruders() -> [RunReport.Intruder] {
    let counted = evidence.gateways.first?.wire.refusals ?? [:]
    return evidence.record.intruders.map { attempt in
      RunReport.Intruder(
        name: attempt.name, attempt: attempt.tried, outcome: attempt.outcome.text,
        refused: attempt.outcome.isRefusal,
        reason: "\(attempt.expectedReason) × \(counted[attempt.expectedReason] ?? 0)")
    }
  }
}

extension Intruder.Outcome {
  /// Whether the gateway ended the connection without an answer.
  var isRefusal: Bool {
    if case .refused = self { true } else { false }
  }

  /// For people.
  var text: String {
    switch self {
    case .refused(let reason): "refused (\(reason))"
    case .undecided: "neither answered nor refused"
    case .answered(let bytes): "answered with \(bytes) bytes"
    case .unreachable(let reason): "could not connect (\(reason))"
    }
  }
}
