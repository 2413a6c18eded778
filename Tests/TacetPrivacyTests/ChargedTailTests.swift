import Foundation
import GRDB
import Testing

@testable import TacetPrivacy

/// The index of releases follows the log in batches; what it lacks is known from the log itself.
@Suite struct ChargedTailTests {
  private let sandbox = LedgerSandbox()
  private static let capacity = 800
  private let parameters: ReleaseParameters

  init() throws {
    parameters = try ReleaseParameters(radius: 1, scale: 64)
  }

  private func record(_ range: Range<Int>, in ledger: PrivacyLedger) async throws -> [ChargeReceipt] {
    try await ledger.record(device: "cam", releases: range.map { ("r\($0)", parameters, 4) })
  }

  private func indexed() throws -> (rows: Int, upTo: Int) {
    try DatabaseQueue(path: sandbox.file.path).read { database in
      (
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM charged") ?? -1,
        try Int.fetchOne(database, sql: "SELECT indexed FROM head") ?? -1
      )
    }
  }

  @Test func releasesAreKnownBeforeAndAfterTheyAreIndexed() async throws {
    let ledger = try sandbox.open(indexing: Self.capacity)
    try await ledger.setBudget(Budget(epsilon: 400, delta: 1e-6, window: nil), for: "cam")
    let step = 100
    let count = Self.capacity + step
    for start in stride(from: 0, to: count, by: step) {
      let receipts = try await record(start..<start + step, in: ledger)
      #expect(receipts.allSatisfy { $0.denial == nil && !$0.wasCharged })
    }
    // The first so many went into the index together, the last are in the log alone.
    #expect(try indexed() == (Self.capacity, Self.capacity + 1))
    let known = [0, 1, Self.capacity - 1, Self.capacity, count - 1]
    for ledger in [ledger, try sandbox.open(create: false, indexing: Self.capacity)] {
      for number in known {
        let receipt = try #require(try await record(number..<number + 1, in: ledger).first)
        #expect(receipt.wasCharged)
        #expect(receipt.index == UInt64(number + 1))
      }
    }
    // A changed window counts what is in the index and what is not.
    try await ledger.setBudget(Budget(epsilon: 400, delta: 1e-6, window: .seconds(86400 * 365)), for: "cam")
    let budgets = try #require(try await ledger.summary(for: "cam")).budgets
    #expect(budgets[0].mu == budgets[1].mu)
  }

  /// Two open ledgers, as two processes have: each knows at once what the other has charged, also over a batch.
  @Test func eachFollowsTheOther() async throws {
    let (one, other) = (try sandbox.open(indexing: Self.capacity), try sandbox.open(indexing: Self.capacity))
    try await one.setBudget(Budget(epsilon: 400, delta: 1e-6, window: nil), for: "cam")
    for start in stride(from: 0, to: 25 * 100, by: 100) {
      let (first, second) = start / 100 % 2 == 0 ? (one, other) : (other, one)
      #expect(try await record(start..<start + 100, in: first).allSatisfy { !$0.wasCharged })
      #expect(try await record(start..<start + 100, in: second).allSatisfy(\.wasCharged))
    }
    #expect(try await one.summary(for: "cam")?.charges == 25 * 100)
  }
}
