import Foundation
import Testing

/// Sites as processes, watched from the wire between them and their gateway: what a site has to say does not show.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PacedSiteTests {
  private static let steps = 20

  /// Plays a site against a gateway, through a proxy that keeps what passes.
  /// - Parameters:
  ///   - order: an administrator's order before the first step.
  private func play(
    policy words: [String: String] = [:], order: String? = nil, model: URL? = nil,
    sensor: String = "data[:, :, 0, :]", stepsPerRun: Int = 115
  ) async throws -> SiteTrace {
    let bench = try await Bench()
    _ = try bench.writePolicy(replacing: words)
    let start = Date(timeIntervalSinceNow: order == nil ? 3 : 5)
    let gateway = try await RunningNode(configuration: try bench.writeGateway(model: model, start: start))
    let proxy = try TLSProxy(to: gateway.link)
    let configuration = try await bench.writeSite(
      gateway: proxy.port, steps: Self.steps, start: start, model: model, sensor: sensor,
      stepsPerRun: stepsPerRun)
    let site = try await RunningNode(configuration: configuration)
    if let order {
      let inventory = bench.file("inventory.yaml")
      try
        "policy: policy.yaml\nidentity: identities/admin/alice\ndevices: {camera/site-1: \"127.0.0.1:\(site.link)\"}\n"
        .write(to: inventory, atomically: true, encoding: .utf8)
      let result = try await Tacet.run(
        "device", order, "camera/site-1", "--reason", "test", "--inventory", inventory.path)
      #expect(result.status == 0, "\(result.errors)")
    }
    let journal = bench.file("site-state/journal.jsonl")
    #expect(
      await Patience.wait(.seconds(60)) {
        (try? String(contentsOf: journal, encoding: .utf8))?.contains("\"wire\"") ?? false
      })
    gateway.stop()
    return try SiteTrace(
      of: journal, gateway: bench.file("gateway-state/journal.jsonl"), through: proxy)
  }

  /// Every slot of the run was kept with its full number of cells or skipped, and those cells are what passed on the wire.
  private func check(_ trace: SiteTrace, width: Int, size: Int) throws {
    let (kept, skipped) = (try trace.count("slots_sent"), try trace.count("slots_skipped"))
    // Two links, two slots a tick; a busy machine may close them some slots late.
    let slots = 2 * 2 * Self.steps
    #expect((slots...slots + 8).contains(kept + skipped), "\(kept) kept and \(skipped) skipped")
    #expect(kept > slots / 2, "the machine is too busy to tell anything")
    let cells = try trace.count("cells_real") + trace.count("cells_cover")
    #expect(cells == kept * width)
    #expect(trace.sent.count == 2, "a connection to the gateway for each of the two")
    #expect(trace.sent.reduce(0) { $0 + $1.count { $0 == size } } == cells)
    for (sent, received) in zip(trace.sent, trace.received) {
      let cells = sent.drop { $0 != size }
      // After the handshake nothing but cells, and at last an alert.
      #expect(cells.allSatisfy { $0 == size } || (cells.dropLast().allSatisfy { $0 == size } && cells.last == 24))
      #expect(received.count { $0 == size } <= cells.count { $0 == size })
    }
  }

  /// One that speaks, one whose budget is spent, one in fallback, and one whose sensor sleeps two steps of three.
  @Test func whatASiteHasToSayDoesNotShow() async throws {
    let speaks = try await play()
    let spent = try await play(
      policy: ["camera/site-5:": "camera/site-1: {epsilon: 12, delta: 1.0e-6, window: 24h}\n    camera/site-5:"])
    let fallback = try await play(order: "fallback")
    let asleep = try await play(sensor: "data[0, :336, 0, :].reshape(28, 12, 14)", stepsPerRun: 3)
    let runs = [speaks, spent, fallback, asleep]
    for run in runs { try check(run, width: 1, size: 1046) }
    let handshakes = Set(runs.flatMap { run in run.sent.map { $0.prefix { $0 != 1046 }.count } })
    #expect(handshakes.count == 1, "what comes before the first cell differs")

    // They did have different things to say.
    #expect(speaks.receipts > Self.steps / 2 && speaks.silences.count <= 1)
    #expect(spent.silences.contains("budget spent") && (1..<Self.steps / 2).contains(spent.receipts))
    #expect(fallback.receipts == 0 && fallback.silences.contains("fallback: test"))
    #expect((1...Self.steps / 3 + 1).contains(asleep.receipts))
    #expect((1...Self.steps / 3 + 1).contains(asleep.forecasts.count), "a forecast without a window")
    for quiet in [spent, fallback, asleep] {
      #expect(try quiet.count("cells_real") < speaks.count("cells_real") * 3 / 4)
    }
  }

  /// A release of 300 values, an encoding of 300: two and five of the shortest messages, five cells at every slot of either link.
  @Test func aTensorLongerThanAMessageTravelsInParts() async throws {
    let wide = Tacet.project.appendingPathComponent("Fixtures/models/wide")
    let trace = try await play(
      policy: ["bytes: 1024": "bytes: 512", "trim: 1": "trim: 0"], model: wide, sensor: "data[:, :, 0, [0, 4, 12]]")
    try check(trace, width: 5, size: 534)
    #expect(trace.receipts > Self.steps / 2)
    let accepted = trace.forecasts.compactMap { $0["accepted"] as? [String] }
    #expect(accepted.count { $0 == ["gateway/gateway-1"] } > Self.steps / 3, "\(accepted)")
  }

  /// Without cover a silent site says as much as another, at the first slot of each step.
  @Test(arguments: [false, true]) func withoutCoverASilentSiteSaysAsMuch(isSilent: Bool) async throws {
    let trace = try await play(
      policy: ["enabled: true": "enabled: false"], order: isSilent ? "fallback" : nil)
    #expect(try trace.count("cells_cover") == 0)
    // One message a step on each link, and one more for each checkpoint.
    let messages = try trace.count("cells_real")
    #expect((2 * Self.steps - 6...2 * Self.steps + 4).contains(messages), "\(messages)")
    #expect(trace.sent.reduce(0) { $0 + $1.count { $0 == 1046 } } == messages)
    #expect((trace.receipts == 0) == isSilent)
  }
}
