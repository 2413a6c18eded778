import SeededGenerator
import Testing

@testable import TacetPrivacy

/// The theorem's integers: no individual, whatever it does and whatever others do, moves a window by more than Δ.
@Suite struct ContributionBoundTests {
  private static let taps = [
    [1], [1, 1], [10, 6, 4, 2, 1], [3, -2, 0, 1], [50, 30, 18, 11, 6, 4, 2, 1, 1], [0, 0, 7],
  ]

  private func plan(
    _ taps: [Int], passages: Int = 1, bound: Int = 1, steps: Int = 12
  ) throws -> ContributionPlan {
    try ContributionPlan(filter: CausalFilter(taps: taps), passages: passages, bound: bound, scale: 8, steps: steps)
  }

  @Test("Random windows, seeds 0…199: tracks repeated, caps passed, sizes above the bound", arguments: 0..<UInt64(200))
  func randomWindows(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let dimension = Int.random(in: 1...4, using: &random)
    let plan = try plan(
      Self.taps[Int(seed) % Self.taps.count], passages: .random(in: 1...4, using: &random),
      bound: .random(in: 1...9, using: &random), steps: .random(in: 1...20, using: &random))
    let passages = (0..<Int.random(in: 0...80, using: &random)).map { _ in
      CountedWindow.Passage(
        step: .random(in: 0..<plan.parameters.steps, using: &random),
        values: (0..<dimension).map { _ in .random(in: -3...3, using: &random) },
        track: .random(in: 0...6, using: &random), individual: .random(in: -1...5, using: &random))
    }
    let window = CountedWindow(plan: plan, dimension: dimension, passages: passages)
    for individual in -1...5 {
      #expect(window.squaredDistance(without: individual) <= plan.sensitivity * plan.sensitivity, "seed \(seed)")
    }
  }

  /// All it may, at once, in the coordinate and at the step where nothing is cut off: the bound is reached, so that a whole
  /// number less would not hold.
  @Test(arguments: taps, [(1, 1), (1, 4), (3, 1), (4, 9)])
  func theWorstIndividual(taps: [Int], limits: (passages: Int, bound: Int)) throws {
    let plan = try plan(taps, passages: limits.passages, bound: limits.bound)
    var side = 1
    while side * side < limits.bound { side += 1 }
    // Three times as many tracks as may count, each told twice.
    let passages = (0..<UInt64(6 * limits.passages)).map {
      CountedWindow.Passage(step: 0, values: [side, 0], track: $0 / 2, individual: 7)
    }
    let distance = CountedWindow(plan: plan, dimension: 2, passages: passages).squaredDistance(without: 7)
    let squaredNorm = taps.reduce(0) { $0 + $1 * $1 }
    #expect(distance == limits.passages * limits.passages * limits.bound * squaredNorm)
    #expect(distance <= plan.sensitivity * plan.sensitivity)
    #expect(distance > (plan.sensitivity - 1) * (plan.sensitivity - 1))
  }

  /// A track that comes again at every step of the window counts once, however long ago it was.
  @Test func aTrackIsRememberedForTheWholeWindow() throws {
    let plan = try plan([1], steps: 500)
    let others = (0..<500).map {
      CountedWindow.Passage(step: $0, values: [1], track: UInt64($0), individual: $0 + 1)
    }
    let again = (0..<500).map { CountedWindow.Passage(step: $0, values: [1], track: 9, individual: 0) }
    let window = CountedWindow(plan: plan, dimension: 1, passages: others + again)
    #expect(window.squaredDistance(without: 0) == 1)
    #expect(window.filtered(without: nil).map { $0[0] } == [2] + Array(repeating: 1, count: 499))
  }

  /// However many others there are, none is pushed out by one more: all the numbers that there are, and beyond.
  @Test func nobodyPushesAnotherOut() throws {
    let plan = try plan([1], steps: 2)
    let passages = (0...ContributionPlan.individuals + 10).map {
      CountedWindow.Passage(step: $0 == 5 ? 0 : 1, values: [1], track: 0, individual: $0)
    }
    let window = CountedWindow(plan: plan, dimension: 1, passages: passages)
    #expect(window.filtered(without: nil)[1] == [Int64(ContributionPlan.individuals - 1)])
    #expect(window.squaredDistance(without: 5) == 1)
    #expect(window.squaredDistance(without: ContributionPlan.individuals) == 0)
  }

  @Test("The norm is the least whole number that is not below the filter's")
  func normsAreRoundedUp() throws {
    for (taps, norm) in [([1], 1), ([1, 1], 2), ([3, 4], 5), ([-3, 4, 1], 6), ([10, 6, 4, 2, 1], 13)] {
      let filter = try CausalFilter(taps: taps)
      #expect(filter.norm == norm)
      #expect(filter.norm * filter.norm >= filter.squaredNorm)
      #expect((filter.norm - 1) * (filter.norm - 1) < filter.squaredNorm)
    }
    #expect(WholeRoot.roundedUp(of: 0) == 0)
    #expect(WholeRoot.roundedUp(of: 1) == 1)
    #expect(WholeRoot.roundedUp(of: 1 << 70) == 1 << 35)
    #expect(WholeRoot.roundedUp(of: (1 << 70) + 1) == (1 << 35) + 1)
  }

  @Test("Δ is never above passages · H · ⌈√b⌉, and its cost is Δ²/S²")
  func sensitivityAndCost() throws {
    let plan = try plan([10, 6, 4, 2, 1], passages: 3, bound: 2)
    // √(9 · 2 · 157) = 53.2.
    #expect(plan.sensitivity == 54)
    #expect(plan.sensitivity <= 3 * plan.filter.norm * 2)
    #expect(plan.parameters.cost.units == (54 * 54 << 40) / 64)
    let longer = try self.plan([10, 6, 4, 2, 1], passages: 3, bound: 2, steps: 100_000)
    #expect(longer.parameters.cost == plan.parameters.cost)
  }

  @Test func whatCannotBeBoundedIsRefused() throws {
    #expect(throws: ContributionError.tapCountOutOfRange(0)) { try CausalFilter(taps: []) }
    #expect(throws: ContributionError.tapCountOutOfRange(65)) { try CausalFilter(taps: .init(repeating: 1, count: 65)) }
    #expect(throws: ContributionError.tapOutOfRange(.min)) { try CausalFilter(taps: [1, .min]) }
    #expect(throws: ContributionError.silentFilter) { try CausalFilter(taps: [0, 0]) }
    #expect(throws: ContributionError.passagesOutOfRange(0)) { try plan([1], passages: 0) }
    #expect(throws: ContributionError.boundOutOfRange(.max)) { try plan([1], bound: .max) }
    #expect(throws: ContributionError.sensitivityTooLarge) { try plan([16_383, 16_383], passages: 2) }
    #expect(throws: ContributionError.parameters(.stepsOutOfRange(0))) { try plan([1], steps: 0) }
  }
}
