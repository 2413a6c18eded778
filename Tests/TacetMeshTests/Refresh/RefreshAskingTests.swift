import Foundation
import TacetInference
import TacetLog
import TacetRefresh
import TacetWire
import Testing

@testable import TacetMesh

/// How a site comes to know the newest student, and what it does where it does not: a part of an older one would be charged and refused.
///
/// Rounds have 30 steps; the last target of a round is seen two steps later, and the devices ask from four steps after that.
@Suite struct RefreshAskingTests {
  private let bench: RefreshFixture

  init() throws { bench = try RefreshFixture() }

  private func updates(_ said: [[Message]]) -> [String] {
    said.joined().filter { $0.kind == .update }.map(\.detail)
  }

  @Test func aPartThatIsLostIsAskedForAgain() async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    let lost = Set([8, 10].map(UInt64.init))
    let said = try await bench.said(try bench.site(), 0..<33) { lost.contains($0.step) ? nil : try bench.answer($0) }
    #expect(updates(said) == ["1"])
    // Each part was asked for as often, lost or not.
    let whole = try await bench.said(try RefreshFixture().site(), 0..<33)
    #expect(said.map(\.count) == whole.map(\.count))
    #expect(said.joined().map(\.part) == whole.joined().map(\.part))
  }

  /// What it would say would be of a head that may not be the newest: it says nothing, and pays nothing.
  @Test func whoIsNotToldTheNewestStudentPaysNothing() async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    let site = try bench.site()
    // In the first round a part is lost each time, in the second all.
    let said = try await bench.said(site, 0..<65) { request in
      request.step < 34 && request.part.index != 3 ? try bench.answer(request) : nil
    }
    #expect(updates(said).isEmpty)
    #expect(try await bench.charges() == 0)
    let told = try await bench.said(try RefreshFixture().site(), 0..<65)
    #expect(said.map(\.count) == told.map(\.count))
    // The round after it takes part again.
    #expect(try await updates(bench.said(site, 65..<100, answering: bench.answer)) == ["1"])
    #expect(try await bench.charges() == 1)
  }

  /// A gateway that does not publish knows of no newest student, and its word that it cannot say is none.
  @Test func whoIsToldByNobodyWhoPublishesPaysNothing() async throws {
    try await bench.grantBudget()
    let said = try await bench.said(try bench.site(), 0..<65) { $0.answer(.unavailable) }
    #expect(updates(said).isEmpty)
    #expect(try await bench.charges() == 0)
  }

  /// That nothing was published is no news for who knows better: it has learned of a head.
  @Test func whoKnowsAHeadIsNotToldThatThereIsNone() async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    let said = try await bench.said(try bench.site(), 0..<65) { request in
      request.step < 34 ? try bench.answer(request) : request.answer(.unknown)
    }
    #expect(updates(said) == ["1"])
    #expect(try await bench.charges() == 1)
  }

  /// The conclusion comes half a round late: until then the gateway has no answer, and then it has the head of the round.
  @Test func aLateConclusionDoesNotCostTheNextRound() async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    let site = try bench.site()
    #expect(try await updates(bench.said(site, 0..<36, answering: bench.answer)) == ["1"])
    #expect(try await updates(bench.said(site, 36..<50) { $0.answer(.unavailable) }).isEmpty)
    try bench.publish(adding: 0.1)
    #expect(try await updates(bench.said(site, 50..<64, answering: bench.answer)) == ["2"])
  }

  /// A head that is published while another's parts are under way: theirs do not fit together, and are asked for again.
  @Test func aHeadThatIsPublishedMeanwhileIsAskedForAnew() async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    let site = try bench.site()
    _ = try await bench.said(site, 0..<11, answering: bench.answer)
    try bench.publish(adding: 0.1)
    #expect(try await updates(bench.said(site, 11..<33, answering: bench.answer)) == ["2"])
  }

  /// What was learned before the restart may be old by now: it is asked for once more.
  @Test(arguments: [16, 28]) func afterARestartTheNewestStudentIsAskedForOnceMore(step: Int) async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    _ = try await bench.said(try bench.site(), 0..<step, answering: bench.answer)
    try bench.publish(adding: 0.1)
    let said = try await bench.said(try bench.site(), step..<33, answering: bench.answer)
    // From step 28 on there is no time to ask for four parts.
    #expect(updates(said) == (step == 16 ? ["2"] : []))
    #expect(try await bench.charges() == (step == 16 ? 1 : 0))
  }

  /// Steps in which the sensor sleeps: what the site says.
  private func asleep(_ site: SiteRefresh, _ steps: Range<Int>) async throws -> [Message] {
    var said: [Message] = []
    for step in steps {
      let messages = await site.messages(at: step, isWitnessed: true)
      said += messages
      for message in messages {
        if let answer = try bench.answer(message) { await site.take(answer, from: "gateway/gateway-1", at: step) }
      }
    }
    return said
  }

  /// The step at which it should have spoken is left out, and no sample comes after: its sum is of the round before.
  @Test func whatWasAddedInARoundIsNotSaidInTheNext() async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    let site = try bench.site()
    _ = try await bench.said(site, 0..<32, answering: bench.answer)
    #expect(try await asleep(site, 33..<65).allSatisfy { $0.kind != .update })
    #expect(try await bench.charges() == 0)
  }

  /// A newer student is known, and no sample has come since: its sum is of the older.
  @Test func whatWasAddedUpToAnOlderStudentIsNotSaid() async throws {
    try bench.publish(adding: 0)
    try await bench.grantBudget()
    let site = try bench.site()
    _ = try await bench.said(site, 0..<16, answering: bench.answer)
    try bench.publish(adding: 0.1)
    #expect(try await asleep(site, 16..<33).allSatisfy { $0.kind != .update })
    #expect(try await bench.charges() == 0)
  }

  /// An answer to what was asked before the devices spoke says nothing of what came of that.
  @Test func anAnswerOfTheRoundBeforeTellsNothing() async throws {
    try await bench.grantBudget()
    let site = try bench.site()
    _ = try await bench.said(site, 0..<37) { _ in nil }
    await site.take(Message(kind: .student, step: 30, site: "site-1").answer(.unknown), from: "gateway/1", at: 30)
    #expect(try await updates(bench.said(site, 37..<65) { _ in nil }).isEmpty)
  }

  /// A step has two slots, one for what a camera releases: a checkpoint that is due with a message of the refresh comes after it.
  @Test(arguments: [1, 7, 60]) func aCheckpointLeavesTheRefreshItsSlot(audit: Int) async throws {
    let site = try bench.site()
    func shown(_ isWitnessed: Bool) -> [Int] {
      (0..<600).filter {
        Site.showsCheckpoint(at: $0, each: audit, isWitnessed: isWitnessed, isFree: site.isFree)
      }
    }
    for step in shown(true) + shown(false) {
      #expect(await site.messages(at: step, isWitnessed: true).isEmpty)
    }
    // As often as it is due; one that is due at each step gives way to the refresh alone.
    #expect(audit == 1 || shown(true).map { $0 / audit } == Array(0...(599 / audit)))
    #expect(shown(false) == (0..<600).filter(site.isFree))
  }
}
