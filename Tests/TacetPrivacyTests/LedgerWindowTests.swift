import Foundation
import Testing

@testable import TacetPrivacy

/// Windows, clocks and changes of budget.
@Suite(.eachStore) struct LedgerWindowTests {
  private let sandbox = LedgerSandbox()
  private let parameters: ReleaseParameters

  init() throws {
    parameters = try ReleaseParameters(radius: 4, scale: 8)
  }

  /// A budget for one or more releases of μ² = 1.
  private func budget(_ releases: Int, window: Duration?) throws -> Budget {
    let cost = PrivacyCost(units: parameters.cost.units * UInt64(releases))
    // A little above what the releases cost, which is rounded outward, and far below one release more.
    let epsilon = try GaussianAccountant.epsilon(cost: cost, delta: 1e-6) * 1.001
    let budget = try Budget(epsilon: epsilon, delta: 1e-6, window: window)
    #expect(budget.limit.units / parameters.cost.units == UInt64(releases))
    return budget
  }

  @Test func nextWindowIsWholeAgain() async throws {
    sandbox.setClock(3599)
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget(1, window: .seconds(3600)), for: "cam")
    #expect(try await ledger.answer("cam", "a", parameters) == .granted(1))
    #expect(try await ledger.answer("cam", "b", parameters) == .exhausted)
    sandbox.setClock(3600)
    #expect(try await ledger.answer("cam", "b", parameters) == .granted(2))
    #expect(try await ledger.answer("cam", "c", parameters) == .exhausted)
    // A release charged in an earlier window is not charged, nor noised, again.
    #expect(try await ledger.answer("cam", "a", parameters) == .already(1))
  }

  @Test func aClockSetBackRefillsNothing() async throws {
    sandbox.setClock(7200)
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget(1, window: .seconds(3600)), for: "cam")
    #expect(try await ledger.answer("cam", "a", parameters) == .granted(1))
    for clock: UInt64 in [0, 3600, 7199, 7200, 10799] {
      sandbox.setClock(clock)
      #expect(try await ledger.answer("cam", "at\(clock)", parameters) == .exhausted)
      #expect(try await sandbox.open(create: false).answer("cam", "again\(clock)", parameters) == .exhausted)
    }
    // Forward and back and forward again: each window once.
    sandbox.setClock(10800)
    #expect(try await ledger.answer("cam", "b", parameters) == .granted(2))
    sandbox.setClock(7200)
    #expect(try await ledger.answer("cam", "c", parameters) == .exhausted)
    sandbox.setClock(10800)
    #expect(try await ledger.answer("cam", "d", parameters) == .exhausted)
    let times = try await ledger.entries(count: 10).map(\.time)
    #expect(times == times.sorted())
  }

  /// The log's own time does not go back either, so that a window that is over takes no more charges.
  @Test func timesInTheLogNeverDecrease() async throws {
    sandbox.setClock(7200)
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget(2, window: .seconds(3600)), for: "cam")
    for (release, clock): (String, UInt64) in [("a", 10800), ("b", 7300), ("c", 14400), ("d", 0)] {
      sandbox.setClock(clock)
      #expect(try await ledger.answer("cam", release, parameters).isGranted)
    }
    #expect(try await ledger.entries(count: 10).map(\.time) == [7200, 10800, 10800, 14400, 14400])
  }

  @Test func aLifetimeBudgetIsNeverRefilled() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget(1, window: nil), for: "cam")
    #expect(try await ledger.answer("cam", "a", parameters) == .granted(1))
    sandbox.setClock(4_000_000_000)
    #expect(try await ledger.answer("cam", "b", parameters) == .exhausted)
  }

  @Test func aNewBudgetForgivesNothing() async throws {
    sandbox.setClock(100_000)
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget(1, window: .seconds(60)), for: "cam")
    #expect(try await ledger.answer("cam", "a", parameters) == .granted(1))
    sandbox.setClock(100_100)
    #expect(try await ledger.answer("cam", "b", parameters) == .granted(2))
    // The same budget again is no change; another window counts what falls into it.
    try await ledger.setBudget(budget(1, window: .seconds(60)), for: "cam")
    #expect(try await ledger.answer("cam", "c", parameters) == .exhausted)
    try await ledger.setBudget(budget(2, window: .seconds(86400)), for: "cam")
    #expect(try await ledger.answer("cam", "c", parameters) == .exhausted)
    try await ledger.setBudget(budget(3, window: .seconds(43200)), for: "cam")
    #expect(try await ledger.answer("cam", "c", parameters) == .granted(5))
    #expect(try await ledger.answer("cam", "d", parameters) == .exhausted)
    // A larger one for the window does not lift a smaller one for the lifetime.
    try await ledger.setBudget(budget(3, window: nil), for: "cam")
    try await ledger.setBudget(budget(9, window: .seconds(43200)), for: "cam")
    #expect(try await ledger.answer("cam", "d", parameters) == .exhausted)
    try await ledger.setBudget(budget(4, window: nil), for: "cam")
    #expect(try await ledger.answer("cam", "d", parameters).isGranted)
    // A smaller one stops at once.
    try await ledger.setBudget(budget(1, window: nil), for: "cam")
    #expect(try await ledger.answer("cam", "e", parameters) == .exhausted)
  }
}
