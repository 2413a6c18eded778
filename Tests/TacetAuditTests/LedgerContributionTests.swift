import Foundation
import GRDB
import TacetLog
import Testing

@testable import TacetAudit
@testable import TacetPrivacy

/// Stream windows as the auditor recomputes them.
@Suite struct LedgerContributionTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-audit-\(UUID().uuidString)")

  private var file: URL { folder.appendingPathComponent("ledger.sqlite") }

  /// A budget, a release of the unit any-input, two windows.
  private func verify(after sql: String) async throws -> LedgerVerification {
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try PrivacyLedger.open(folder: folder, create: true, indexing: 1) { 1_000_000 }
    try await ledger.setBudget(Budget(epsilon: 8, delta: 1e-6, window: .seconds(3600)), for: "cam")
    let window = Mechanism.contribution(try StreamParameters(sensitivity: 13, scale: 16, steps: 2880))
    for (name, mechanism) in [
      ("a", .anyInput(try ReleaseParameters(radius: 4, scale: 64))), ("w1", window), ("w2", window),
    ] {
      _ = try await ledger.record(device: "cam", charges: [(name, mechanism, 6)])
    }
    try await DatabaseQueue(path: file.path).write { try $0.execute(sql: sql) }
    return try LedgerVerifier(key: NoteVerifier(ledger.verifierKey)).verify(file: file)
  }

  private static func replace(_ old: String, _ new: String, at position: Int) -> String {
    "UPDATE entry SET leaves = CAST(replace(CAST(leaves AS TEXT), '\(old)', '\(new)') AS BLOB) WHERE position = \(position)"
  }

  @Test func anUntouchedLedgerHolds() async throws {
    let found = try await verify(after: "SELECT 1")
    #expect(found.findings == [])
    #expect(found.devices.map(\.unit) == [.contribution])
    #expect(found.devices.first?.units.map(\.charges) == [1, 2])
    #expect(found.statedWindows == 2)
  }

  @Test(arguments: [
    // Smaller sensitivity, less noise, fewer steps, the other unit: each at the price that was charged.
    (replace(#""sensitivity":13"#, #""sensitivity":12"#, at: 2), LedgerFinding.Kind.wrongCost, UInt64(2)),
    (replace(#""sensitivity":13"#, #""sensitivity":99999"#, at: 2), .wrongCost, 2),
    (replace(#""scale":16"#, #""scale":8"#, at: 3), .wrongCost, 3),
    (replace(#""steps":2880"#, #""steps":0"#, at: 2), .wrongCost, 2),
    (replace(#","unit":"contribution""#, "", at: 2), .malformedEntry, 2),
  ])
  func whatWasTamperedWithIsNamed(sql: String, kind: LedgerFinding.Kind, index: UInt64) async throws {
    let found = try await verify(after: sql)
    #expect(found.findings.first?.kind == kind)
    #expect(found.findings.first?.index == index)
    #expect(found.findings.contains { $0.kind == .checkpointRoot })
  }

  /// What a window that was charged by its plan says of itself: the sensitivity is computed anew from it.
  @Test(arguments: [
    ("", "", nil),
    (#""filter":"10 6 4 2 1""#, #""filter":"10 6 4 9 1""#, LedgerFinding.Kind.wrongSensitivity),
    (#""filter":"10 6 4 2 1""#, #""filter":"10 6""#, .wrongSensitivity),
    (#""passages":1"#, #""passages":2"#, .wrongSensitivity), (#""bound":1"#, #""bound":2"#, .wrongSensitivity),
    (#""passages":1"#, #""passages":0"#, .wrongSensitivity),
    (#""sensitivity":13"#, #""sensitivity":12"#, .wrongSensitivity),
    (#""filter":"10 6 4 2 1""#, #""filter":"10 6  4 2 1""#, .malformedEntry),
    (#""filter":"10 6 4 2 1""#, #""filter":"010 6 4 2 1""#, .malformedEntry),
    (#""filter":"10 6 4 2 1","#, "", .malformedEntry), (#""bound":1,"#, "", .malformedEntry),
  ])
  func aSensitivityFollowsFromItsPlan(old: String, new: String, kind: LedgerFinding.Kind?) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try PrivacyLedger.open(folder: folder, create: true, indexing: 1) { 1_000_000 }
    try await ledger.setBudget(Budget(epsilon: 8, delta: 1e-6, window: nil), for: "cam")
    let plan = try ContributionPlan(
      filter: CausalFilter(taps: [10, 6, 4, 2, 1]), passages: 1, bound: 1, scale: 16, steps: 9)
    guard case .granted = try await ledger.charge(device: "cam", window: "w", plan: plan, dimension: 6) else {
      Issue.record("denied")
      return
    }
    let sql = Self.replace(old, new, at: 1)
    try await DatabaseQueue(path: file.path).write { try $0.execute(sql: old.isEmpty ? "SELECT 1" : sql) }
    let found = try LedgerVerifier(key: NoteVerifier(ledger.verifierKey)).verify(file: file)
    #expect(found.findings.first?.kind == kind, "\(found.findings)")
    #expect(found.findings.isEmpty == (kind == nil) && found.statedWindows == 0)
  }

  /// Who holds the key charges a window for less than its filter: the price that follows from it is summed.
  @Test func aSensitivityThatIsTooSmallIsNotBelieved() throws {
    var forger = try LedgerForger()
    let origin = StreamParameters.Origin(taps: [10, 6, 4, 2, 1], passages: 2, bound: 1)
    let said = try StreamParameters(sensitivity: 13, scale: 16, steps: 9)
    #expect(origin.sensitivity == 26)
    let limit = try GaussianAccountant.costLimit(epsilon: 4, delta: 1e-6)
    forger.append(.budget(.init(epsilon: 4, delta: 1e-6, limit: limit.units, windowSeconds: 0)))
    forger.append(
      .charge(
        .init(
          release: "w", extent: .contribution(sensitivity: 13, steps: 9, origin: origin), scale: 16, dimension: 6,
          precision: .wide, cost: said.cost.units)))
    #expect(said.cost <= limit && limit < said.cost * 4)
    #expect(try forger.findings().map(\.kind) == [.wrongSensitivity, .wrongCost, .overBudget])
  }

  /// The cost is the same; the hash, what the tables add to δ, and the device's row with it, are not.
  @Test func stepsDoNotCostAndStillCount() async throws {
    let found = try await verify(after: Self.replace(#""steps":2880"#, #""steps":2881"#, at: 2))
    #expect(found.findings.map(\.kind) == [.checkpointRoot, .wrongSum, .wrongSum])
  }

  @Test(arguments: [#""contribution_charges":2"#, #""contribution_spent":"#])
  func theUnitsOfADeviceFollowFromTheEntries(member: String) async throws {
    let found = try await verify(after: "UPDATE device SET state = replace(state, '\(member)', '\(member)1')")
    #expect(found.findings.map(\.kind) == [.wrongSum])
  }

  /// Who holds the key signs a window at the price of a smaller sensitivity: the true one is summed.
  @Test func aForgedPriceIsNotBelieved() throws {
    var forger = try LedgerForger()
    let cost = try StreamParameters(sensitivity: 13, scale: 16, steps: 9).cost
    let limit = try GaussianAccountant.costLimit(epsilon: 4, delta: 1e-6)
    forger.append(.budget(.init(epsilon: 4, delta: 1e-6, limit: limit.units, windowSeconds: 0)))
    for name in ["w1", "w2"] {
      forger.append(
        .charge(
          .init(
            release: name, extent: .contribution(sensitivity: 13, steps: 9), scale: 16, dimension: 6,
            precision: .wide, cost: name == "w1" ? cost.units : cost.units / 2)))
    }
    #expect(cost <= limit && limit < cost * 2)
    #expect(try forger.findings().map(\.kind) == [.wrongCost, .overBudget])
  }
}
