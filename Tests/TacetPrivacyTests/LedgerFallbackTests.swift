import Foundation
import Testing

@testable import TacetPrivacy

/// An administrator's order is an entry, and the ledger keeps it.
@Suite(.eachStore) struct LedgerFallbackTests {
  private let sandbox = LedgerSandbox()
  private let parameters: ReleaseParameters
  private let admin = "spiffe://city.example/admin/alice"

  init() throws {
    parameters = try ReleaseParameters(radius: 4, scale: 64)
  }

  private func ledger() async throws -> PrivacyLedger {
    let ledger = try sandbox.open()
    try await ledger.setBudget(Budget(epsilon: 4, delta: 1e-6, window: nil), for: "cam")
    return ledger
  }

  @Test func nothingIsChargedUntilTheRestore() async throws {
    let ledger = try await ledger()
    #expect(try await ledger.answer("cam", "a", parameters) == .granted(1))
    try await ledger.fallBack("cam", by: admin, reason: "Linse \"B\" 100 % trüb \\ naß")
    #expect(try await ledger.answer("cam", "b", parameters) == .fallback)
    // Across a restart too, and another device is not meant.
    let again = try sandbox.open(create: false)
    #expect(try await again.answer("cam", "b", parameters) == .fallback)
    #expect(try await again.answer("cam", "a", parameters) == .already(1))
    #expect(try await again.fallback(of: "cam")?.reason == "Linse \"B\" 100 % trüb \\ naß")
    #expect(try await again.fallback(of: "cam")?.by == admin)
    #expect(try await again.fallback(of: "other") == nil)
    try await again.restore("cam", by: admin)
    #expect(try await ledger.fallback(of: "cam") == nil)
    #expect(try await ledger.answer("cam", "b", parameters) == .granted(4))
    let kinds = try await ledger.entries(count: 10).map(\.content)
    #expect(kinds[2] == .fallback(by: admin, reason: "Linse \"B\" 100 % trüb \\ naß"))
    #expect(kinds[3] == .restore(by: admin))
  }

  @Test func aRestoreWithoutAnOrderIsNoEntry() async throws {
    let ledger = try await ledger()
    try await ledger.restore("cam", by: admin)
    try await ledger.restore("never-heard-of", by: admin)
    #expect(try await ledger.entries(count: 10).count == 1)
  }

  /// A device may be silenced before it has a budget, and stays so when it gets one.
  @Test func anOrderComesBeforeABudget() async throws {
    let ledger = try sandbox.open()
    try await ledger.fallBack("cam", by: admin, reason: "new")
    try await ledger.setBudget(Budget(epsilon: 4, delta: 1e-6, window: nil), for: "cam")
    #expect(try await ledger.answer("cam", "a", parameters) == .fallback)
  }

  @Test func anOrderNeedsWhoAndWhy() async throws {
    let ledger = try await ledger()
    await #expect(throws: LedgerError.self) { try await ledger.fallBack("cam", by: admin, reason: "") }
    await #expect(throws: LedgerError.self) { try await ledger.fallBack("cam", by: "", reason: "x") }
    await #expect(throws: LedgerError.self) {
      try await ledger.fallBack("cam", by: admin, reason: String(repeating: "x", count: 257))
    }
    #expect(try await ledger.entries(count: 10).count == 1)
  }
}
