import Foundation
import TacetInference
import TacetLog
import TacetRefresh
import TacetWire
import Testing

@testable import TacetMesh

/// What a site says in a refresh, and what a refresh may not do to its forecasts.
@Suite struct SiteRefreshTests {
  private let bench: RefreshFixture

  init() throws { bench = try RefreshFixture() }

  /// A ledger that was put back has its budget twice: nothing is charged to it before a gateway has seen it.
  @Test(arguments: [false, true]) func nothingIsReleasedBeforeAGatewayHasSeenTheLedger(isWitnessed: Bool) async throws {
    try await bench.grantBudget()
    let said = try await bench.said(try bench.site(), 0..<70, isWitnessed: isWitnessed)
    #expect(said.joined().count { $0.kind == .update } == (isWitnessed ? 2 : 0))
    #expect(try await bench.charges() == (isWitnessed ? 2 : 0))
    // On the wire it is the same.
    let other = try await bench.said(try bench.site(), 0..<70, isWitnessed: !isWitnessed)
    #expect(said.map(\.count) == other.map(\.count))
  }

  /// A step has a slot for one message beside the release.
  @Test func aStepHasOneMessageOfARefresh() async throws {
    let said = try await bench.said(try bench.site(), 0..<70)
    #expect(said.allSatisfy { $0.count <= 1 })
    #expect(said.joined().count { $0.kind == .student } > 2)
  }

  /// The site knows of the newest head from before.
  private func learn() throws {
    var shelf = try StudentShelf(
      model: bench.model, key: bench.signer.verifier, file: bench.state.appending(path: "student.json"),
      canary: bench.refresh.canary)
    _ = try shelf.learn(try #require(try bench.log.newest(of: bench.model.manifest.model)))
  }

  /// Which head it found good follows from what it saw; what it says must not.
  @Test(arguments: [0, 36]) func whatASiteSaysIsOfThePublishedHeadThatItRefused(first: Int) async throws {
    try bench.publish(adding: 50)
    try learn()
    try await bench.grantBudget()
    let site = try bench.site()
    let said = try await bench.said(site, first..<70, answering: bench.answer)
    let update = try #require(said.joined().last { $0.kind == .update })
    let window = try #require(bench.feed.window(at: 70))
    let forecast = try await site.forecast(window: window, step: 70)
    #expect(forecast == (try bench.model.studentForecast(window: window, site: "site-1")), "it was not refused")
    guard case .int16(let values, _, _) = update.payload else { throw CancellationError() }
    // With 50 % too much in each forecast all samples say: less. 24 to 30 steps of 22 grid units each, the noise's deviation is 64.
    let steps = stride(from: 0, to: values.count, by: bench.model.studentFeatures).map { values[$0] }
    #expect(update.detail == "1" && steps.allSatisfy { (-1100 ... -250).contains($0) }, "\(steps)")
  }

  /// A student that cannot be kept is not taken, and the one in force goes on.
  @Test func aFolderThatCannotBeWrittenTakesNoForecast() async throws {
    try bench.publish(adding: 0)
    try learn()
    let site = try bench.site()
    try FileManager.default.removeItem(at: bench.state)
    for step in 0..<(3 * bench.refresh.canary) {
      guard let window = bench.feed.window(at: step) else { continue }
      let forecast = try await site.forecast(window: window, step: step)
      #expect(forecast == (try bench.model.studentForecast(window: window, site: "site-1")))
    }
  }
}
