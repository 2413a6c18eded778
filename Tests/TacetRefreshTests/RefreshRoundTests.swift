import Foundation
import SeededGenerator
import TacetInference
import TacetPrivacy
import TacetTrust
import Testing

@testable import TacetRefresh

@Suite struct RefreshRoundTests {
  private let parameters: RefreshParameters

  init() throws {
    parameters = try RefreshParameters(
      steps: 100, eventSeconds: 120, sum: EventSum.Parameters(clip: 16, reach: 10, scale: 320))
  }

  private static func samples(_ count: Int, bias: Float, from first: Int = 0) -> [StudentSample] {
    (0..<count).map { RefreshSandbox.sample(first + $0, bias: bias, features: [1, $0 % 2 == 0 ? 1 : -1]) }
  }

  private func sum(_ samples: [StudentSample], _ head: StudentHead) throws -> [Int16] {
    var round = try DeviceRound(head: head, parameters: parameters)
    for sample in samples { round.add(sample) }
    return round.ended().exact
  }

  private func refinement(_ rule: AggregationRule, byzantine: Int, bias: Float = 1) throws -> HeadRefinement {
    HeadRefinement(
      parameters: parameters, aggregator: try Aggregator(rule: rule, byzantine: byzantine),
      holdOut: try HoldOut([Self.samples(200, bias: bias)], blocksOf: 10))
  }

  @Test func aSampleSaysInWhichDirectionItsErrorFalls() throws {
    let head = try RefreshSandbox.head([Float](repeating: 0, count: 8))
    let sample = RefreshSandbox.sample(0, bias: 1, features: [1, -2])
    let unit = 1 / Float(8).squareRoot()
    #expect(sample.descent(from: head) == [1, -2, 1, -2, 1, -2, 1, -2].map { $0 * unit })
    let right = try RefreshSandbox.head([1, 0, 1, 0, 1, 0, 1, 0])
    #expect(sample.descent(from: right) == [Float](repeating: 0, count: 8))
    #expect(sample.error(with: head) == 1 && sample.error(with: right) == 0)
  }

  @Test func anUpdateIsTheSumOfWhatItsSamplesSay() throws {
    let head = try RefreshSandbox.head([Float](repeating: 0, count: 8))
    let sum = try sum(Self.samples(100, bias: 1), head)
    // 16 / √8 = 5.7 for each, on the grid 5 or 6; the second feature's signs cancel.
    #expect(sum.enumerated().allSatisfy { $0.offset % 2 == 0 ? (500...600).contains($0.element) : $0.element == 0 })
    // More samples than a round has are of no use, and none counts twice.
    var twice = try DeviceRound(head: head, parameters: parameters)
    for sample in Self.samples(10, bias: 1) + Self.samples(10, bias: 1) { twice.add(sample) }
    let once = twice.ended().exact
    #expect(Int(once[0]) * 10 == Int(sum[0]))
  }

  @Test func theHoldOutDecidesHowFarToGo() throws {
    let head = try RefreshSandbox.head([Float](repeating: 0, count: 8))
    let sums = try (0..<5).reduce(into: [String: [Int16]]()) {
      $0["d\($1)"] = try sum(Self.samples(100, bias: 1), head)
    }
    let outcome = try refinement(.median, byzantine: 2).refine(head, by: sums)
    #expect(outcome.step > 0 && outcome.errors.before == 1 && outcome.errors.after < 0.5)
    // What devices say does not help on a hold-out that says the contrary: the student stays.
    let other = try refinement(.median, byzantine: 2, bias: -1).refine(head, by: sums)
    #expect(other.step == 0 && other.head == head)
  }

  @Test func liarsWithinTheBoundDoNotMakeItWorse() throws {
    let head = try RefreshSandbox.head([Float](repeating: 0, count: 8))
    var sums = try (0..<5).reduce(into: [String: [Int16]]()) {
      $0["d\($1)"] = try sum(Self.samples(100, bias: 1), head)
    }
    sums["liar-1"] = [Int16](repeating: .min, count: 8)
    sums["liar-2"] = [1, 2, 3]
    let outcome = try refinement(.trimmedMean(trim: 2), byzantine: 2).refine(head, by: sums)
    #expect(outcome.liars.keys.sorted() == ["liar-2"])
    #expect(outcome.errors.after < 0.5)
    sums["liar-2"] = sums["liar-1"]
    let worse = try refinement(.mean, byzantine: 0).refine(head, by: sums)
    let better = try refinement(.trimmedMean(trim: 2), byzantine: 2).refine(head, by: sums)
    #expect(worse.errors.after > better.errors.after)
  }

  @Test func tooFewForTheLiarsThereMayBeIsAnError() throws {
    let head = try RefreshSandbox.head([Float](repeating: 0, count: 8))
    let sums = try (0..<4).reduce(into: [String: [Int16]]()) {
      $0["d\($1)"] = try sum(Self.samples(100, bias: 1), head)
    }
    #expect(throws: AggregationError.self) { try refinement(.median, byzantine: 2).refine(head, by: sums) }
    #expect(throws: AggregationError.self) { try refinement(.median, byzantine: 0).refine(head, by: [:]) }
  }

  /// A gain that is no larger than chance is none. A direction without any use is taken if one of nine steps along it seems better by three
  /// standard errors: less often than 9 · 0.00135 of the time, 2.4 of 200; 30 of 200 are beyond any chance (below 1e-15, binomial).
  @Test func chanceIsNoGain() throws {
    var generator = SeededGenerator(seed: 11)
    let head = try RefreshSandbox.head([Float](repeating: 0, count: 8))
    let noise = (0..<400).map {
      RefreshSandbox.sample($0, bias: Float.random(in: -1...1, using: &generator), features: [1, 1])
    }
    let holdOut = try HoldOut([noise], blocksOf: 10)
    let refinement = HeadRefinement(
      parameters: parameters, aggregator: try Aggregator(rule: .mean), holdOut: holdOut)
    let moved = try (0..<200).count { _ in
      let sum = (0..<8).map { _ in Int16.random(in: -400...400, using: &generator) }
      return try refinement.refine(head, by: ["d": sum]).step > 0
    }
    #expect(moved < 30)
  }

  /// Everywhere there is more traffic at the same time: eight sensors that see the same are one, and do not make a gain more certain.
  @Test func whatAllSensorsSeeAtOnceIsSeenOnce() throws {
    var generator = SeededGenerator(seed: 12)
    let one = (0..<100).map { RefreshSandbox.sample($0, bias: Float.random(in: -1...1, using: &generator)) }
    let (head, blank) = (
      try RefreshSandbox.head([0.1, 0, 0.1, 0, 0.1, 0, 0.1, 0]),
      try RefreshSandbox.head([Float](repeating: 0, count: 8))
    )
    let alone = try HoldOut([one], blocksOf: 10).gain(of: head, over: blank)
    let together = try HoldOut([[StudentSample]](repeating: one, count: 8), blocksOf: 10).gain(of: head, over: blank)
    #expect(abs(together.deviation / alone.deviation - 1) < 1e-6 && abs(together.mean - alone.mean) < 1e-6)
    // Many sensors do not make a short time long.
    #expect(throws: RefreshError.self) {
      try HoldOut([[StudentSample]](repeating: Array(one.prefix(70)), count: 8), blocksOf: 10)
    }
  }

  @Test func anEventReachesAsManySamplesAsAreBeingPaidFor() throws {
    let manifest = try RefreshSandbox.pack().manifest
    // An event of 120 s is in 13 bins at most, and they are in windows or targets of 10 samples at most, counted here one by one.
    for (seconds, reach) in [(10, 6), (30, 7), (120, 10)] {
      let bins = (seconds + 9) / 10 + 1
      let most = (0..<3).map { offset in
        (0..<200).count { step in
          let end = manifest.window - 1 + step * 3
          let (first, last) = (end - manifest.window + 1, end + manifest.horizon)
          let event = (300 + offset)..<(300 + offset + bins)
          return first < event.upperBound && last >= event.lowerBound
        }
      }.max()
      #expect(most == reach && manifest.samples(within: seconds) == reach)
    }
    try parameters.require(manifest)
    let short = try RefreshParameters(
      steps: 100, eventSeconds: 150, sum: EventSum.Parameters(clip: 16, reach: 10, scale: 320))
    #expect(throws: RefreshError.self) { try short.require(manifest) }
    #expect(throws: RefreshError.self) {
      try RefreshParameters(steps: 2048, eventSeconds: 120, sum: parameters.sum)
    }
  }

  @Test func theCalendarNamesEachRoundOnceAndAsksAfterwards() throws {
    let calendar = RefreshCalendar(parameters: parameters, manifest: try RefreshSandbox.pack().manifest)
    #expect((0..<450).compactMap(calendar.roundSpoken) == [0, 1, 2, 3])
    for round in 0..<4 {
      let asked = (0..<450).filter { calendar.asking(at: $0)?.round == round }
      // At every other step from when the conclusion was drawn until it is time to speak.
      #expect(asked == Array(stride(from: 6 + 100 * round, to: 102 + 100 * round, by: 2)))
      #expect(asked.compactMap { calendar.asking(at: $0)?.before } == Array(0..<48))
      let spoken = try #require((0..<450).first { calendar.roundSpoken(at: $0) == round })
      // The last sample's target has been seen by then, and the conclusion comes between speaking and asking.
      #expect(spoken - calendar.lag == (round + 1) * 100)
      #expect(
        spoken < calendar.conclusion(of: round) && calendar.conclusion(of: round) < spoken + RefreshCalendar.pause)
      #expect(calendar.lastConcluded(by: calendar.conclusion(of: round)) == round)
      #expect(calendar.lastConcluded(by: calendar.conclusion(of: round) - 1) == round - 1)
    }
    // A round that is just long enough has each of five parts asked for twice, one step less does not.
    for (steps, asks) in [
      (RefreshCalendar.fewestSteps(asking: 5), 10), (RefreshCalendar.fewestSteps(asking: 5) - 1, 9),
    ] {
      let short = RefreshCalendar(
        parameters: try parameters.with(steps: steps, clip: nil), manifest: try RefreshSandbox.pack().manifest)
      #expect((0..<1000).count { short.asking(at: $0)?.round == 3 } == asks)
    }
  }

  /// Samples as a site takes them, one step after the other, are those of the recording.
  @Test func aTraceIsTrueToTheRecording() throws {
    let model = try RefreshSandbox.pack()
    let file = RefreshSandbox.fixtures.appendingPathComponent("traffic/test.npy")
    let feed = try SiteRecordings.load(from: file).feeds(of: model.manifest)[2]
    let samples = try StudentTrace.samples(of: feed, model: model, site: "site-3", steps: 0..<240)
    // Two steps of each run are without a target that is seen in it.
    #expect(samples.count == 240 - 2 * 2 - 2 && samples.map(\.step) == samples.map(\.step).sorted())
    for sample in samples {
      #expect(sample.target == feed.truth(at: sample.step)?.future)
      let window = try #require(feed.window(at: sample.step))
      #expect(sample.forecast == (try model.studentForecast(window: window, site: "site-3")))
    }
  }
}
