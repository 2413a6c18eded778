import TacetPrivacy
import Testing

@testable import TacetAudit

/// Counters that go wrong where what one individual does decides of another's passages, or where a passage is longer than it looks.
///
/// Means of n = 600 trials; what is planted is at least 1.4 times as far apart as μ = 4 or more, and found but for 1e-9.
@Suite struct CounterNoiseTests {
  private typealias Passage = StreamAttacks.Passage

  /// What a counter remembers of a window.
  private struct Memory {
    var tracks: [Int: Set<UInt64>] = [:]
    var names: Set<UInt64> = []

    /// The rules of a plan, but for the bound, and takes the passage in.
    mutating func isNew(_ passage: Passage, _ plan: ContributionPlan) -> Bool {
      let before = tracks[passage.individual] ?? []
      guard before.count < plan.passages, !before.contains(passage.track) else { return false }
      tracks[passage.individual, default: []].insert(passage.track)
      return true
    }
  }

  private static func square(_ values: [Int]) -> Int { values.reduce(0) { $0 + $1 * $1 } }

  /// A stream that takes in what `takesIn` says; its filter and its noise are right.
  private static func stream(
    _ takesIn: @escaping @Sendable (Passage, inout Memory, ContributionPlan) -> Bool
  ) -> StreamAttacks.Mechanism {
    { windows, plan, dimension in
      var values: [Int16] = []
      for window in windows {
        var memory = Memory()
        var counts: [[Int]] = []
        for step in 0..<plan.parameters.steps {
          var sum = [Int](repeating: 0, count: dimension)
          for passage in window where passage.step == step && takesIn(passage, &memory, plan) {
            for (index, value) in passage.values.enumerated() { sum[index] += value }
          }
          counts.append(sum)
          let noise = try PlantedStreams.fresh(dimension, plan.parameters.noiseScale)
          for index in 0..<dimension {
            let filtered = zip(plan.filter.taps, counts.reversed()).reduce(0) { $0 + $1.0 * $1.1[index] }
            values.append(Int16(clamping: Int(noise[index]) + filtered))
          }
        }
      }
      return values
    }
  }

  private static func find(
    _ name: String, passages: Int, bound: Int, dimension: Int,
    _ takesIn: @escaping @Sendable (Passage, inout Memory, ContributionPlan) -> Bool
  ) throws -> NoiseReport.Attack {
    let plan = try ContributionPlan(
      filter: CausalFilter(taps: [10, 6, 4, 2, 1]), passages: passages, bound: bound, scale: 16, steps: 50)
    let audit = NoiseAudit(
      try StreamAttacks(plan: plan, dimension: dimension), of: plan, delta: 1e-6, on: stream(takesIn))
    let attack = try #require(audit.attacks.first { $0.name == name })
    let levels = NoiseLevels(alpha: 1e-9, attacks: audit.attacks.count)
    let trials = try AttackTrials(attack, trials: 600, level: levels.threshold) { _ in }
    return AttackJudge(attack: attack, subject: audit.subject, levels: levels).judge(trials)
  }

  private static let names = ["worst place", "window's end", "over the cap", "same track", "over the bound", "restart"]

  @Test("Without a bug it holds", arguments: names, [(1, 1, 1), (1, 2, 2), (2, 2, 4), (3, 9, 2)])
  func holds(name: String, plan: (passages: Int, bound: Int, dimension: Int)) throws {
    let found = try Self.find(name, passages: plan.passages, bound: plan.bound, dimension: plan.dimension) {
      Self.square($0.values) <= $2.bound && $1.isNew($0, $2)
    }
    #expect(found.verdict == .holds, "\(found)")
  }

  @Test("Tracks of different individuals are one when their names are", arguments: [1, 2])
  func namesAreShared(passages: Int) throws {
    let found = try Self.find("worst place", passages: passages, bound: 1, dimension: 2) { passage, memory, plan in
      Self.square(passage.values) <= plan.bound && memory.names.insert(passage.track).inserted
        && memory.isNew(passage, plan)
    }
    #expect(found.verdict == .doesNotHold, "\(found)")
  }

  @Test("A table that is full has no room for those who come last")
  func theTableIsFull() throws {
    let plan = try ContributionPlan(
      filter: CausalFilter(taps: [10, 6, 4, 2, 1]), passages: 1, bound: 1, scale: 16, steps: 50)
    let room = try StreamAttacks(plan: plan, dimension: 2).group
    let found = try Self.find("worst place", passages: 1, bound: 1, dimension: 2) { passage, memory, plan in
      guard memory.tracks.count < room || memory.tracks[passage.individual] != nil else { return false }
      return Self.square(passage.values) <= plan.bound && memory.isNew(passage, plan)
    }
    #expect(found.verdict == .doesNotHold, "\(found)")
  }

  @Test("The bound is held by each number, and not by all together", arguments: [(1, 1, 2), (2, 2, 4), (1, 9, 3)])
  func theLargestNumberIsBounded(plan: (passages: Int, bound: Int, dimension: Int)) throws {
    let found = try Self.find(
      "over the bound", passages: plan.passages, bound: plan.bound, dimension: plan.dimension
    ) { passage, memory, plan in
      passage.values.allSatisfy { $0 * $0 <= plan.bound } && memory.isNew(passage, plan)
    }
    #expect(found.verdict == .doesNotHold, "\(found)")
  }

  @Test("Numbers below 0 make a passage shorter", arguments: [1, 3])
  func signsAreCounted(dimension: Int) throws {
    let found = try Self.find("over the bound", passages: 1, bound: 4, dimension: dimension) { passage, memory, plan in
      passage.values.reduce(0) { $0 + $1 * abs($1) } <= plan.bound && memory.isNew(passage, plan)
    }
    #expect(found.verdict == .doesNotHold, "\(found)")
  }
}
