import Foundation
import TacetAudit
import TacetInference
import TacetMesh
import TacetPolicy
import TacetPrivacy

/// All that a performance left behind, read from the nodes' own folders after they have stopped.
struct Evidence: Sendable {
  /// What a site left behind.
  struct Site: Sendable {
    let name: String
    let forecasts: [ForecastRecord]
    let wire: WireRecord
    let ledger: LedgerVerification
    /// The IDs of the releases that the ledger's entries charge.
    let charged: Set<String>
    var device: String { "camera/\(name)" }
  }

  /// What a gateway left behind.
  struct GatewayTrace: Sendable {
    let name: String
    let receipts: [ReceiptRecord]
    let wire: WireRecord
  }

  let stage: Stage
  let record: Performance.Record
  let schedule: Schedule
  let sites: [Site]
  let gateways: [GatewayTrace]
  let scores: [Score]

  /// The steps of which at least one site made a forecast.
  var steps: Range<Int> {
    let played = sites.flatMap(\.forecasts).map(\.step)
    return 0..<((played.max() ?? -1) + 1)
  }

  /// Reads the journals and ledgers, and scores every forecast against what came.
  static func gather(_ stage: Stage, _ record: Performance.Record) throws -> Evidence {
    let schedule = Schedule(
      start: record.start, tick: stage.policy.timing.tick, steps: stage.options.steps, stepsPerRun: stage.stepsPerRun)
    let sites = try stage.sites.map { try site($0, of: stage) }
    let gateways = try stage.gateways.map { try gateway($0, of: stage) }
    let scores = try score(sites, reference: stage.reference(of: stage.model), steps: 0..<stage.options.steps)
    return Evidence(
      stage: stage, record: record, schedule: schedule, sites: sites, gateways: gateways, scores: scores)
  }

  private static func site(_ name: String, of stage: Stage) throws -> Site {
    let journal = try Journal.read(from: stage.state(of: name))
    let ledger = try LedgerEvidence(folder: stage.state(of: name).appendingPathComponent("ledger"))
    return Site(
      name: name, forecasts: journal.compactMap(\.forecast), wire: try wire(journal, of: name),
      ledger: ledger.verification, charged: ledger.charged)
  }

  private static func gateway(_ name: String, of stage: Stage) throws -> GatewayTrace {
    let journal = try Journal.read(from: stage.state(of: name))
    return GatewayTrace(name: name, receipts: journal.compactMap(\.receipt), wire: try wire(journal, of: name))
  }

  private static func wire(_ journal: [JournalRecord], of node: String) throws -> WireRecord {
    guard let wire = journal.compactMap(\.wire).last else {
      throw DemoError(.unavailable, "\(node) did not stop clean: its journal has no account of the wire")
    }
    return wire
  }

  private static func score(
    _ sites: [Site], reference: ReferenceModel, steps: Range<Int>
  ) throws -> [Score] {
    let ideal = try reference.forecasts(steps: steps, noise: .none).mesh
    return zip(sites, sites.indices).flatMap { site, index in
      site.forecasts.compactMap { record in
        guard let truth = reference.feeds[index].truth(at: record.step), ideal.indices.contains(record.step),
          ideal[record.step].indices.contains(index)
        else { return nil }
        return Score(site: site.name, record: record, truth: truth, reference: ideal[record.step][index])
      }
    }
  }
}
