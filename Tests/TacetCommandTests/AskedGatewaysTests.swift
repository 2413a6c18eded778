import Foundation
import Testing

/// A site with three gateways, watched from the wire: whom it asks does not show, and neither does a forecast that did not wait.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AskedGatewaysTests {
  private static let steps = 45
  /// A cell of 1,024 bytes.
  private static let cell = 1046

  /// - Parameter bias: of the third gateway's answers, a drill; nil for an honest one.
  private func play(policy words: [String: String], bias: Double? = nil) async throws -> SiteTrace {
    let bench = try await Bench()
    for name in ["gateway-2", "gateway-3"] { try await bench.issue("gateway/\(name)") }
    _ = try bench.writePolicy(replacing: words)
    let start = Date(timeIntervalSinceNow: 5)
    var gateways: [RunningNode] = []
    for number in 1...3 {
      let drill = number == 3 ? bias.map { "drill: {lie: bias, size: \($0)}" } ?? "" : ""
      let file = try bench.writeGateway(
        name: "gateway-\(number)", state: "gateway-state-\(number)", start: start, further: drill)
      gateways.append(try await RunningNode(configuration: file))
    }
    let proxies = try gateways.map { try TLSProxy(to: $0.link) }
    let configuration = try await bench.writeSite(
      gateway: proxies[0].port, proxies[1].port, proxies[2].port, steps: Self.steps, start: start)
    let site = try await RunningNode(configuration: configuration)
    let journal = bench.file("site-state/journal.jsonl")
    #expect(
      await Patience.wait(.seconds(60)) {
        (try? String(contentsOf: journal, encoding: .utf8))?.contains("\"wire\"") ?? false
      })
    for gateway in gateways { gateway.stop() }
    withExtendedLifetime(site) {}
    return try SiteTrace(
      of: journal, gateway: bench.file("gateway-state-1/journal.jsonl"), through: proxies[0], proxies[1], proxies[2])
  }

  /// On each of the six connections a cell leaves at every slot that was kept: two a step, whatever is asked.
  private func check(_ trace: SiteTrace) throws {
    let (kept, skipped) = (try trace.count("slots_sent"), try trace.count("slots_skipped"))
    #expect(kept + skipped >= 6 * 2 * Self.steps, "\(kept) kept and \(skipped) skipped")
    #expect(kept > 6 * Self.steps, "the machine is too busy to tell anything")
    #expect(try trace.count("cells_real") + trace.count("cells_cover") == kept)
    let cells = trace.sent.map { $0.count { $0 == Self.cell } }
    #expect(cells.count == 6 && cells.reduce(0, +) == kept)
    // All links have the same slots: they differ by those that were skipped.
    #expect((cells.max() ?? 0) - (cells.min() ?? 0) <= skipped, "\(cells), \(skipped) skipped")
    for sizes in trace.sent {
      let after = sizes.drop { $0 != Self.cell }
      #expect(after.allSatisfy { $0 == Self.cell || $0 == 24 })
    }
  }

  @Test func whomASiteAsksDoesNotShow() async throws {
    let one = try await play(policy: ["trim: 1 ": "redundancy: 1\n  exploration: 0.5\n  trim: 0 "])
    try check(one)
    let asked = one.accepted.filter { !$0.isEmpty }
    #expect(asked.count > Self.steps / 2 && asked.allSatisfy { $0.count == 1 })
    #expect(Set(asked.flatMap { $0 }).count > 1, "always the same gateway was asked")
    // Releases go to all, so that each gateway can answer when it is asked.
    #expect(one.receipts > Self.steps / 2)
    let all = try await play(policy: ["trim: 1 ": "trim: 0 "])
    try check(all)
    #expect(all.accepted.contains { $0.count == 3 })
    // It says less, in as many cells.
    #expect(try one.count("cells_real") < all.count("cells_real") - Self.steps)
  }

  /// Without cover the links fill nothing by themselves: those that are not asked get a message that says nothing.
  @Test func whomASiteAsksDoesNotShowWithoutCoverEither() async throws {
    let trace = try await play(policy: [
      "trim: 1 ": "redundancy: 1\n  exploration: 0.5\n  trim: 0 ", "enabled: true": "enabled: false",
    ])
    #expect(Set(trace.accepted.flatMap { $0 }).count > 1, "always the same gateway was asked")
    let cells = trace.sent.map { $0.count { $0 == Self.cell } }
    // A message a step on each of six links, one more for each checkpoint; a busy machine leaves some out.
    #expect(cells.count == 6 && cells.allSatisfy { abs($0 - Self.steps) <= Self.steps / 5 }, "\(cells)")
  }

  /// Once the liar is known nobody waits for it, and the wire is as it was.
  @Test func aForecastThatDidNotWaitDoesNotShow() async throws {
    let trace = try await play(policy: ["tolerance: 0.5": "tolerance: 0.5"], bias: 4)
    try check(trace)
    let early = trace.forecasts.map { $0["early"] as? Bool ?? false }
    let standings = trace.forecasts.map { ($0["standings"] as? [String: String])?["gateway/gateway-3"] }
    #expect(standings.last == "quarantine")
    let known = try #require(standings.firstIndex(of: "quarantine"))
    #expect(!early.prefix(known).contains(true) && early.dropFirst(known).contains(true), "\(early)")
    for accepted in trace.accepted.dropFirst(known + 1) { #expect(!accepted.contains("gateway/gateway-3")) }
  }
}
