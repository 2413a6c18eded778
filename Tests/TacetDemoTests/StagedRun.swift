import Foundation
import TacetInference
import TacetLog
import TacetPolicy
import TacetTransport
import Testing

@testable import TacetAudit
@testable import TacetDemo
@testable import TacetMesh

/// A run of the demo that never was: a stage, and evidence made up on it, which supports every claim until it is spoiled.
struct StagedRun {
  /// What a test may spoil of a site.
  struct Site {
    var forecasts: [ForecastRecord]
    var wire: WireRecord
    var findings: [LedgerFinding] = []
    var charged: Set<String>
  }

  static let steps = 20
  /// The step from which a camera's budget is spent.
  static let spentFrom = 12
  private static let start = Date(timeIntervalSince1970: 1_800_000_000)
  private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")

  let stage: Stage
  var sites: [String: Site] = [:]
  /// What gateways took in: site and step.
  var receipts: [ReceiptRecord] = []
  var gatewayWire: WireRecord
  var attempts: [Performance.Attempt]

  /// - Parameter changes: of `Policies/traffic.yaml`.
  init(_ changes: [String: String] = [:]) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-claims-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let policy = folder.appending(path: "traffic.yaml")
    let text = try String(contentsOf: Self.project.appending(path: "Policies/traffic.yaml"), encoding: .utf8)
    try changes.reduce(text) { text, change in
      try #require(text.contains(change.key))
      return text.replacing(change.key, with: change.value)
    }.write(to: policy, atomically: true, encoding: .utf8)
    let fixtures = Self.project.appending(path: "Fixtures")
    stage = try Stage.set(
      DemoOptions(
        policy: policy,
        models: .init(
          anyInput: fixtures.appending(path: "models/traffic"),
          contribution: fixtures.appending(path: "models/traffic-counts")),
        traffic: fixtures.appending(path: "traffic/test.npy"), changed: fixtures.appending(path: "traffic/grown.npy"),
        out: folder,
        executable: folder.appending(path: "none"), steps: Self.steps))
    stage.strike()
    let cells = try StepCells(model: stage.model, policy: stage.policy).width
    gatewayWire = Self.wire(cells: cells)
    gatewayWire.refusals = ["no_certificate": 1, "certificate": 1]
    attempts = ["no_certificate", "certificate"].map {
      Performance.Attempt(name: $0, tried: "to get in", expectedReason: $0, outcome: .refused(reason: "closed"))
    }
    for (number, name) in stage.sites.enumerated() {
      let forecasts = (0..<Self.steps).map { forecast($0, isSpent: number == 0 && $0 >= Self.spentFrom) }
      sites[name] = Site(forecasts: forecasts, wire: Self.wire(cells: cells), charged: [Self.charge(0)])
      receipts += forecasts.filter { $0.silence == nil }.map { ReceiptRecord(step: $0.step, site: name, model: nil) }
    }
    // Another is silent for its own reasons.
    if let last = stage.sites.last { sites[last]?.forecasts[4].silence = "the sensor sleeps" }
  }

  /// The ID of what a step's release, or the stream window that begins there, was charged under.
  static func charge(_ step: Int) -> String { "\(Int(start.timeIntervalSince1970))/\(step)" }

  private static func wire(cells: Int) -> WireRecord {
    var wire = WireRecord(meters: [], deadlines: DeadlineMeter(), refusals: RefusalLog())
    wire.connections = 14
    (wire.recordsSent, wire.recordsReceived) = (["1046": 560], ["1046": 560])
    (wire.alertsSent, wire.alertsReceived) = (14, 14)
    (wire.slotsSent, wire.cellsReal, wire.cellsCover) = (560, 300, 560 * cells - 300)
    return wire
  }

  /// Liars are far off and in quarantine, honest gateways near.
  private func forecast(_ step: Int, isSpent: Bool) -> ForecastRecord {
    let liars = Set(stage.liars.map(\.name))
    return ForecastRecord(
      step: step, forecast: [1], student: [1], release: isSpent ? nil : Self.charge(0),
      silence: isSpent ? ForecastRecord.budgetSpent : nil, accepted: [],
      distances: Dictionary(
        uniqueKeysWithValues: stage.gateways.map { ("gateway/\($0)", liars.contains($0) ? 3.0 : 0.01) }),
      quarantined: liars.map { "gateway/\($0)" }, trust: [:], standings: nil, early: nil, latencyMs: 70)
  }

  /// Changes every forecast of every site.
  mutating func eachForecast(_ change: (inout ForecastRecord) -> Void) {
    for name in stage.sites {
      for index in sites[name]?.forecasts.indices ?? 0..<0 { sites[name]?.forecasts[index].change(change) }
    }
  }

  var evidence: Evidence {
    Evidence(
      stage: stage, record: Performance.Record(start: Self.start, end: Self.start, intruders: attempts),
      schedule: Schedule(
        start: Self.start, tick: stage.policy.timing.tick, steps: Self.steps, stepsPerRun: stage.stepsPerRun),
      sites: stage.sites.compactMap { name in
        sites[name].map { site in
          Evidence.Site(
            name: name, forecasts: site.forecasts, wire: site.wire,
            ledger: LedgerVerification(
              size: 1, root: MerkleTree().root, origin: "ledger", devices: [], statedWindows: 0,
              findings: site.findings), charged: site.charged)
        }
      },
      gateways: stage.gateways.map { Evidence.GatewayTrace(name: $0, receipts: receipts, wire: gatewayWire) },
      scores: [])
  }
}

extension ForecastRecord {
  fileprivate mutating func change(_ change: (inout ForecastRecord) -> Void) { change(&self) }
}
