import Foundation
import Testing

@testable import TacetPrivacy

/// What a charge answers.
@Suite(.eachStore) struct LedgerChargeTests {
  private let sandbox = LedgerSandbox()
  private let parameters: ReleaseParameters
  private let budget: Budget
  /// How many releases the budget allows, by integer division.
  private let allowed: Int

  init() throws {
    parameters = try ReleaseParameters(radius: 4, scale: 64)
    budget = try Budget(epsilon: 4, delta: 1e-6, window: .seconds(3600))
    allowed = Int(budget.limit.units / parameters.cost.units)
    #expect(allowed > 10)
  }

  @Test func withoutBudgetNothingIsGranted() async throws {
    let ledger = try sandbox.open()
    #expect(try await ledger.answer("cam", "r", parameters) == .noBudget)
    #expect(try await ledger.entries(count: 10).isEmpty)
    #expect(try await ledger.summary(for: "cam") == nil)
  }

  @Test func chargesUntilTheLimitAndNotOnceMore() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    for number in 0..<allowed {
      #expect(try await ledger.answer("cam", "r\(number)", parameters) == .granted(UInt64(number + 1)))
    }
    #expect(try await ledger.answer("cam", "late", parameters) == .exhausted)
    #expect(try await ledger.answer("cam", "r3", parameters) == .already(4))
    // Another device has a budget of its own.
    #expect(try await ledger.answer("other", "r0", parameters) == .noBudget)
    let summary = try #require(try await ledger.summary(for: "cam"))
    #expect(summary.charges == UInt64(allowed))
    #expect(summary.isExhausted)
    #expect(summary.epsilonSpent <= 4)
    #expect(summary.remainingEpsilon >= 0)
  }

  @Test func theReservationNamesWhatWasCharged() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    switch try await ledger.charge(device: "cam", release: "r", parameters: parameters, dimension: 16) {
    case .granted(let reservation):
      #expect(reservation.device == "cam")
      #expect(reservation.release == "r")
      #expect(reservation.index == 1)
      #expect(reservation.parameters == parameters)
      #expect(reservation.dimension == 16)
      #expect(reservation.precision == .narrow)
    case .alreadyCharged: Issue.record("charged before")
    case .denied: Issue.record("denied")
    }
  }

  @Test func oneReleaseChargedManyTimesAtOnceIsGrantedOnce() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
      for _ in 0..<50 {
        group.addTask { [parameters] in try await ledger.answer("cam", "same", parameters) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.count(where: \.isGranted) == 1)
    #expect(answers.count { $0 == .already(1) } == 49)
    #expect(try await ledger.summary(for: "cam")?.charges == 1)
  }

  /// Two connections, as two processes have, charge at once: together they stay within the budget.
  @Test func twoConnectionsCannotOverspend() async throws {
    let ledgers = [try sandbox.open(), try sandbox.open()]
    try await ledgers[0].setBudget(budget, for: "cam")
    let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
      for number in 0..<(2 * allowed + 20) {
        let ledger = ledgers[number % 2]
        group.addTask { [parameters] in try await ledger.answer("cam", "r\(number)", parameters) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.count(where: \.isGranted) == allowed)
    #expect(answers.count { $0 == .exhausted } == allowed + 20)
    #expect(Set(answers.filter(\.isGranted)).count == allowed)
    #expect(try await ledgers[1].summary(for: "cam")?.charges == UInt64(allowed))
  }

  /// Charges that wait for the same writer share its next commit: 200 callers take two or three and not 200.
  @Test func concurrentChargesShareCommits() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(Budget(epsilon: 1000, delta: 1e-6, window: nil), for: "cam")
    let before = try sandbox.source().commits()
    let held = try sandbox.holdWriter()
    let granted = try await withThrowingTaskGroup(of: Answer.self) { group in
      for number in 0..<200 {
        group.addTask { [parameters] in try await ledger.answer("cam", "r\(number)", parameters) }
      }
      // All have arrived before the first can be committed.
      try await Task.sleep(for: .milliseconds(500))
      try held.release()
      return try await group.reduce(into: 0) { $0 += $1.isGranted ? 1 : 0 }
    }
    #expect(granted == 200)
    #expect(try sandbox.source().commits() - before <= 3)
  }

  @Test func recordAnswersInOrder() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    let receipts = try await ledger.record(
      device: "cam", releases: ["a", "b", "a"].map { ($0, parameters, 16) })
    #expect(receipts.map(\.index) == [1, 2, 1])
    #expect(receipts.map(\.wasCharged) == [false, false, true])
    #expect(receipts.allSatisfy { $0.denial == nil })
  }

  @Test(arguments: ["", "a b", "a\"b", "a\\b", "a\nb", "é", String(repeating: "x", count: 257)])
  func namesThatCannotBeWrittenOneWayAreRefused(name: String) async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    await #expect(throws: LedgerError.self) { try await ledger.answer("cam", name, parameters) }
    await #expect(throws: LedgerError.self) { try await ledger.answer(name, "r", parameters) }
    await #expect(throws: LedgerError.self) { try await ledger.setBudget(budget, for: name) }
    #expect(try await ledger.entries(count: 10).count == 1)
  }
}
