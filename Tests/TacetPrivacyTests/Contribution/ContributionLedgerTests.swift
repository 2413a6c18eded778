import Foundation
import Testing

@testable import TacetPrivacy

/// Stream windows in the ledger: charged once for all their steps, beside releases of the other unit.
@Suite(.eachStore) struct ContributionLedgerTests {
  private let sandbox = LedgerSandbox()
  private let plan: ContributionPlan
  private let budget: Budget
  private let allowed: Int

  init() throws {
    plan = try ContributionPlan(
      filter: CausalFilter(taps: [10, 6, 4, 2, 1]), passages: 1, bound: 1, scale: 16, steps: 2880)
    budget = try Budget(epsilon: 8, delta: 1e-6, window: .seconds(3600))
    allowed = Int(budget.limit.units / plan.parameters.cost.units)
    #expect(plan.sensitivity == 13 && allowed > 1)
  }

  private func answer(_ window: String, _ ledger: PrivacyLedger) async throws -> Answer {
    switch try await ledger.charge(device: "cam", window: window, plan: plan, dimension: 6) {
    case .granted(let reservation): .granted(reservation.index)
    case .alreadyCharged(let index): .already(index)
    case .denied(.exhausted): .exhausted
    case .denied(.noBudget): .noBudget
    case .denied(.fallback): .fallback
    }
  }

  @Test func aWindowIsChargedOnceForAllItsSteps() async throws {
    let ledger = try sandbox.open()
    #expect(try await answer("w0", ledger) == .noBudget)
    try await ledger.setBudget(budget, for: "cam")
    for number in 0..<allowed { #expect(try await answer("w\(number)", ledger) == .granted(UInt64(number + 1))) }
    #expect(try await answer("late", ledger) == .exhausted)
    #expect(try await answer("w1", ledger) == .already(2))
    let summary = try #require(try await ledger.summary(for: "cam"))
    #expect(summary.unit == .contribution)
    #expect(summary.units.map(\.charges) == [UInt64(allowed)])
    // 2880 releases of 6 numbers from a table of scale 16, each window.
    let slack = ImplementationSlack(narrow: UInt64(allowed * 2880 * 6 * 16), wide: 0, tail: .max)
    #expect(summary.budgets.map(\.deltaSlack) == [slack.delta(at: 8)])
    // The next window of the budget.
    sandbox.setClock(1_000_000 + 3600)
    #expect(try await answer("tomorrow", ledger).isGranted)
  }

  @Test func theReservationMakesTheStreamThatWasPaidFor() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    switch try await ledger.charge(device: "cam", window: "w", plan: plan, dimension: 6) {
    case .granted(let reservation):
      #expect(reservation.index == 1 && reservation.device == "cam")
      var stream = ContributionStream(reservation)
      #expect(stream.window == "w" && stream.stepsLeft == 2880 && stream.dimension == 6)
      #expect(try stream.release().values.count == 6)
    case .alreadyCharged: Issue.record("charged before")
    case .denied: Issue.record("denied")
    }
  }

  @Test func bothUnitsShareABudgetAndAreToldApart() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    let parameters = try ReleaseParameters(radius: 4, scale: 64)
    let receipts = try await ledger.record(
      device: "cam", charges: [("a", .anyInput(parameters), 6), ("w", .contribution(plan.parameters), 6)])
    #expect(receipts.map(\.index) == [1, 2])
    #expect(receipts[0].deltaSlack > 0 && receipts[1].deltaSlack > receipts[0].deltaSlack)
    let summary = try #require(try await ledger.summary(for: "cam"))
    #expect(summary.units.map(\.unit) == [.anyInput, .contribution])
    #expect(summary.units.map(\.mu) == [parameters.cost.mu, plan.parameters.cost.mu])
    #expect(summary.unit == .contribution)
    #expect(summary.budgets.map(\.mu) == [(parameters.cost + plan.parameters.cost).mu])
    // Another connection reads the same; an entry of the first unit has no new member.
    #expect(try await sandbox.open(create: false).summary(for: "cam") == summary)
    let leaves = try await ledger.entries(count: 3).map { String(decoding: $0.canonicalBytes, as: UTF8.self) }
    #expect(!leaves[1].contains("unit"))
    #expect(leaves[2].contains(#""scale":16,"sensitivity":13,"steps":2880,"time":1000000,"unit":"contribution""#))
  }

  @Test func dimensionsThatTheFilterCannotKeepAreRefused() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    for dimension in [0, plan.largestDimension + 1] {
      await #expect(throws: LedgerError.self) {
        _ = try await ledger.charge(device: "cam", window: "w", plan: plan, dimension: dimension)
      }
    }
    #expect(try await ledger.entries(count: 10).count == 1)
  }
}

/// The leaf of a window's charge: one entry, one encoding.
@Suite struct ContributionEntryTests {
  private static let charge =
    #"{"cost":5,"device":"cam","dimension":7,"index":3,"kind":"charge","precision":64,"release":"w","scale":64,"sensitivity":13,"steps":9,"time":9,"unit":"contribution","version":1}"#

  @Test func encoding() throws {
    let entry = try #require(LedgerEntry(canonicalBytes: Array(Self.charge.utf8)))
    #expect(String(decoding: entry.canonicalBytes, as: UTF8.self) == Self.charge)
    guard case .charge(let terms) = entry.content else { throw CocoaError(.coderInvalidValue) }
    #expect(terms.unit == .contribution && terms.extent == .contribution(sensitivity: 13, steps: 9))
  }

  @Test(arguments: [
    (#","unit":"contribution""#, ""), ("contribution", "any-input"), ("contribution", "other"),
    (#""sensitivity":13,"#, ""), (#""steps":9,"#, ""), (#""release""#, #""radius":4,"release""#),
  ])
  func otherSpellingsAreRefused(old: String, new: String) {
    let changed = Self.charge.replacing(old, with: new)
    #expect(changed != Self.charge)
    #expect(LedgerEntry(canonicalBytes: Array(changed.utf8)) == nil)
  }
}
