import Foundation
import Testing

@testable import TacetPrivacy

/// A budget for a window and one for the lifetime: both bind. And the noise table that the budgets call for.
@Suite(.eachStore) struct LedgerTwoBudgetsTests {
  private let sandbox = LedgerSandbox()
  private let parameters: ReleaseParameters

  init() throws {
    parameters = try ReleaseParameters(radius: 4, scale: 8)
  }

  /// A budget for so many releases and no more.
  private func budget(_ releases: Int, window: Duration?) throws -> Budget {
    let cost = PrivacyCost(units: parameters.cost.units * UInt64(releases))
    return try Budget(
      epsilon: GaussianAccountant.epsilon(cost: cost, delta: 1e-6) * 1.001, delta: 1e-6, window: window)
  }

  @Test func bothBind() async throws {
    sandbox.setClock(3600)
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget(2, window: .seconds(3600)), for: "cam")
    try await ledger.setBudget(budget(3, window: nil), for: "cam")
    #expect(try await ledger.answer("cam", "a", parameters).isGranted)
    #expect(try await ledger.answer("cam", "b", parameters).isGranted)
    // The window is spent, the lifetime is not.
    #expect(try await ledger.answer("cam", "c", parameters) == .exhausted)
    sandbox.setClock(7200)
    #expect(try await ledger.answer("cam", "c", parameters).isGranted)
    // The lifetime is spent, the window is not, nor is any later one.
    #expect(try await ledger.answer("cam", "d", parameters) == .exhausted)
    sandbox.setClock(1_000_000)
    #expect(try await ledger.answer("cam", "d", parameters) == .exhausted)
    let summary = try #require(try await ledger.summary(for: "cam"))
    #expect(summary.budgets.map(\.windowSeconds) == [3600, nil])
    #expect(summary.budgets[0].epsilonSpent == 0)
    #expect(summary.budgets[1].remainingEpsilon < 0.01)
    #expect(summary.remainingEpsilon == summary.budgets[1].remainingEpsilon)
    #expect(summary.odometer.epsilon == summary.budgets[1].epsilonSpent)
    #expect(summary.isExhausted)
  }

  /// What was released before there was a lifetime budget counts, whatever the windows.
  @Test func theOdometerRunsFromTheFirstCharge() async throws {
    sandbox.setClock(3600)
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget(1, window: .seconds(3600)), for: "cam")
    for hour in 1...3 {
      sandbox.setClock(UInt64(hour * 3600))
      #expect(try await ledger.answer("cam", "h\(hour)", parameters).isGranted)
    }
    try await ledger.setBudget(budget(3, window: nil), for: "cam")
    sandbox.setClock(4 * 3600)
    #expect(try await ledger.answer("cam", "h4", parameters) == .exhausted)
    try await ledger.setBudget(budget(4, window: nil), for: "cam")
    #expect(try await ledger.answer("cam", "h4", parameters).isGranted)
    let odometer = try #require(try await ledger.summary(for: "cam")).odometer
    #expect(odometer.mu >= 2 && odometer.mu < 2.001)
  }

  private func precision(_ ledger: PrivacyLedger, _ release: String, dimension: Int) async throws -> NoisePrecision? {
    let small = try ReleaseParameters(radius: 1, scale: 8)
    let receipts = try await ledger.record(device: "cam", releases: [(release, small, dimension)])
    return receipts.first?.precision
  }

  /// The narrow table as long as (1 + e^ε) · Σ n·S · 2^-62 is at most 1 % of δ, for every budget.
  @Test func theTableFollowsTheBudgets() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(try Budget(epsilon: 8, delta: 1e-6, window: nil), for: "cam")
    let limit = Int(ImplementationSlack.narrowLimit(epsilon: 8, delta: 1e-6))
    let weight = 1e-8 / ((1 + exp(8.0)) * 0x1p-62)
    #expect(abs(Double(limit) / weight - 1) < 1e-6)
    let most = limit / 8
    #expect(try await precision(ledger, "a", dimension: most - 1) == .narrow)
    #expect(try await precision(ledger, "b", dimension: 2) == .wide)
    // What was drawn wide leaves the narrow share as it was.
    #expect(try await precision(ledger, "c", dimension: 1) == .narrow)
    #expect(try await precision(ledger, "d", dimension: 1) == .wide)
    let slack = try #require(try await ledger.summary(for: "cam")).odometer.deltaSlack
    #expect(slack > 0 && slack < 1e-8)
    // A budget of a larger ε beside it needs the wide one at once.
    try await ledger.setBudget(try Budget(epsilon: 30, delta: 1e-6, window: .seconds(60)), for: "cam")
    #expect(try await precision(ledger, "e", dimension: 1) == .wide)
  }

  @Test(arguments: [0, -1, Releaser.largestDimension + 1])
  func dimensionsOutOfRangeAreRefused(dimension: Int) async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(try Budget(epsilon: 8, delta: 1e-6, window: nil), for: "cam")
    await #expect(throws: LedgerError.self) { try await precision(ledger, "a", dimension: dimension) }
    #expect(try await ledger.entries(count: 10).count == 1)
  }
}
