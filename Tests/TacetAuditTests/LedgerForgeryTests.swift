import TacetLog
import TacetPrivacy
import Testing

@testable import TacetAudit

/// Signed, consistent logs whose entries break the rules: the verifier recomputes and finds the entry.
@Suite struct LedgerForgeryTests {
  private func found(_ forger: LedgerForger) throws -> [LedgerFinding] {
    var forger = forger
    return try forger.findings()
  }

  private func expect(_ kind: LedgerFinding.Kind, at index: UInt64, in forger: LedgerForger) throws {
    let findings = try found(forger)
    #expect(findings.map(\.kind) == [kind])
    #expect(findings.map(\.index) == [index])
  }

  @Test func honestEntriesHold() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(2, window: 100), time: 1000)
    try forger.append(.charge("a"), time: 1050)
    try forger.append(.charge("b"), time: 1099)
    try forger.append(.charge("c"), time: 1100)
    #expect(try found(forger) == [])
  }

  @Test func overspending() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(1, window: 100), time: 1000)
    try forger.append(.charge("a"), time: 1000)
    try forger.append(.charge("b"), time: 1099)
    try expect(.overBudget, at: 2, in: forger)
  }

  @Test func anotherWindowCountsWhatFallsIntoIt() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(1, window: 100), time: 1000)
    try forger.append(.charge("a"), time: 1000)
    try forger.append(.charge("b"), time: 1100)
    try forger.append(.budget(2), time: 1200)
    try forger.append(.charge("c"), time: 1300)
    try expect(.overBudget, at: 4, in: forger)
  }

  @Test func chargesWithoutBudget() throws {
    var forger = try LedgerForger()
    try forger.append(.charge("a"))
    try expect(.noBudget, at: 0, in: forger)
  }

  @Test func aFalseCostIsNotBelieved() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(1))
    try forger.append(.charge("a", cost: 1))
    try expect(.wrongCost, at: 1, in: forger)
    // The sum goes on with the true cost, so the next charge is one too many.
    try forger.append(.charge("b"))
    #expect(try found(forger).map(\.kind) == [.wrongCost, .overBudget])
  }

  @Test func aLimitAboveItsEpsilon() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(1, extra: 1 << 12))
    try expect(.wrongLimit, at: 0, in: forger)
    // What another mathematics library may have made of it is no forgery.
    var other = try LedgerForger()
    try other.append(.budget(1, extra: 1))
    #expect(try found(other) == [])
  }

  @Test func aReleaseChargedTwice() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(3))
    try forger.append(.charge("a"))
    try forger.append(.charge("a"))
    try expect(.duplicateRelease, at: 2, in: forger)
  }

  @Test func timeThatGoesBack() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(1, window: 100), time: 1000)
    try forger.append(.charge("a"), time: 999)
    try expect(.timeReversed, at: 1, in: forger)
  }

  @Test func entriesOutOfPlace() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(2))
    try forger.append(.charge("a"), index: 2)
    try expect(.wrongIndex, at: 1, in: forger)
  }

  @Test func unknownKindsAreNotGuessed() throws {
    var forger = try LedgerForger()
    forger.append(bytes: Array(#"{"device":"cam","index":0,"kind":"refund","time":1000,"version":1}"#.utf8))
    try expect(.malformedEntry, at: 0, in: forger)
  }

  @Test func anotherKeyIsRefused() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(2))
    try forger.sign()
    let stranger = try NoteSigner(name: forger.key.name).verifier
    let kinds = try LedgerVerifier(key: stranger).verify(forger).findings.map(\.kind)
    #expect(kinds.contains(.checkpointSignature))
  }

  /// A log that was rewritten from some entry on and signed again holds in itself; who kept a checkpoint sees it.
  @Test func aRememberedCheckpointCatchesARewrittenLog() throws {
    var forger = try LedgerForger()
    try forger.append(.budget(2))
    try forger.append(.charge("a"))
    try forger.sign()
    let kept = try SignedNote(forger.note)
    func kinds(_ forger: LedgerForger) throws -> [LedgerFinding.Kind] {
      try LedgerVerifier(key: forger.key, remembered: [kept]).verify(forger).findings.map(\.kind)
    }
    #expect(try kinds(forger) == [])

    var longer = forger
    try longer.append(.charge("b"))
    try longer.sign()
    #expect(try kinds(longer) == [])

    var rewritten = forger
    rewritten.leaves.removeLast()
    try rewritten.sign()
    #expect(try kinds(rewritten) == [.rolledBack])
    try rewritten.append(.charge("other"))
    try rewritten.sign()
    #expect(try kinds(rewritten) == [.rolledBack])
  }
}
