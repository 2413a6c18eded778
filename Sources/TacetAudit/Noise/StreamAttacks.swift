package import TacetPrivacy

/// The attacks on counts of individuals: what one of them, or a group that does as one does, changes in a window at the
/// worst places.
package struct StreamAttacks: Sendable {
  /// What a device is told of at a step.
  package struct Passage: Hashable, Sendable {
    package var step: Int
    package var values: [Int]
    package var track: UInt64
    package var individual: Int
    /// Whether a detector that tells nobody apart saw it: the device is told of values alone.
    package var isUnnamed = false
  }

  /// Releases windows one after the other: all their steps, all numbers of each. The passages of a window come in the order of their
  /// steps.
  package typealias Mechanism =
    @Sendable (_ windows: [[Passage]], _ plan: ContributionPlan, _ dimension: Int) throws -> [Int16]

  /// The plan that is attacked: that of the policy, with no more steps than an individual at a window's beginning,
  /// middle and end needs. The number of steps changes nothing else.
  package let plan: ContributionPlan
  /// How many numbers each release has.
  package let dimension: Int
  /// The longest passage that is within the bound.
  private let vector: [Int]
  /// How many individuals it takes to be seen well; never so many that their counts saturate.
  package let group: Int

  /// The most numbers that a trial may have: two windows'.
  package static let mostNumbers = 1024
  /// Groups are this far apart, in μ, or more.
  private static let distance = 4.0
  /// The largest group.
  private static let largestGroup = 4096

  /// - Parameters:
  ///   - plan: what the policy says.
  ///   - dimension: how many numbers each release has, as long as two windows have no more than ``mostNumbers``.
  /// - Throws: ``NoiseAuditError/dimensionOutOfRange(_:most:)``.
  package init(plan: ContributionPlan, dimension: Int) throws(NoiseAuditError) {
    let steps = min(plan.parameters.steps, plan.filter.taps.count + 1)
    let most = Self.mostNumbers / (2 * steps)
    guard (1...most).contains(dimension) else { throw .dimensionOutOfRange(dimension, most: most) }
    do {
      self.plan = try ContributionPlan(
        filter: plan.filter, passages: plan.passages, bound: plan.bound, scale: plan.parameters.scale, steps: steps)
    } catch {
      throw .mechanism(error.description)
    }
    self.dimension = dimension
    vector = Self.longest(within: plan.bound, dimension: dimension)
    let mu = Double(plan.sensitivity) / Double(plan.parameters.noiseScale.variance).squareRoot()
    group = max(1, min(Int((Self.distance / mu).rounded(.up)), Self.largestGroup, Self.room(plan, vector)))
  }

  /// What the device runs, without a charge: nothing leaves the process.
  package static func released(from precision: NoisePrecision) -> Mechanism {
    { windows, plan, dimension in
      var values: [Int16] = []
      for window in windows {
        var stream = ContributionStream(simulationOf: plan, dimension: dimension, precision: precision)
        var rest = window[...]
        for step in 0..<plan.parameters.steps {
          while let passage = rest.first, passage.step <= step {
            if passage.isUnnamed {
              stream.countStrangers(passage.values)
            } else {
              stream.count(passage.values, track: passage.track, of: passage.individual)
            }
            rest = rest.dropFirst()
          }
          values += try stream.release().values
        }
      }
      return values
    }
  }

  /// All attacks, on a mechanism that says it is the plan's and draws from a table.
  package func all(on mechanism: @escaping Mechanism, precision: NoisePrecision) -> [NoiseAttack] {
    let (steps, passages) = (plan.parameters.steps, UInt64(plan.passages))
    let late = max(0, steps - (plan.filter.taps.count + 1) / 2)
    let first = (0..<passages).map { Deed(step: 0, track: $0) }
    let last = (0..<passages).map { Deed(step: late, track: $0) }
    let more = (passages..<2 * passages).map { Deed(step: 0, track: $0, counts: false) }
    let later = (1..<max(steps, 1)).map { Deed(step: $0, track: 2 * passages + UInt64($0), counts: false) }
    let again = (0..<steps).map { Deed(step: $0, track: 0, counts: false) }
    let large = Deed(step: 0, track: 1, counts: false, values: tooLarge)
    let wide = Deed(step: 0, track: 2, counts: false, values: tooWide)
    let unnamed = attack(
      "no names", "one passage of each, without a name, at the first step",
      [Deed(step: 0, track: 0, isUnnamed: true)])
    // What has no name passes once, and is one 1 among zeros.
    let isOne = plan.passages == 1 && plan.bound == 1
    let named = [
      attack(
        "one passage", "one passage of one individual, at the window's first step", [Deed(step: 0, track: 0)], by: 1),
      attack("worst place", "all passages at the first step, along one vector of the bound's norm", first),
      attack("window's end", "all passages so late that the window's end cuts the filter off", last),
      attack("over the cap", "more passages than count, at every step", first + more + later),
      attack("same track", "one track again and again, at every step", [Deed(step: 0, track: 0)] + again),
      attack(
        "over the bound", "passages longer than the bound, one of them in no single number, then one that counts",
        [large, wide, Deed(step: 0, track: 0)]),
      attack("restart", "all passages at a window's end, and the window after it", last, windows: 2),
    ]
    return (named + (isOne ? [unnamed] : [])).map { $0(mechanism, precision) }
  }

  // MARK: Worlds

  /// A passage of the individual in the first window, and whether it is to count.
  private struct Deed {
    let step: Int
    let track: UInt64
    var counts = true
    /// What passes, where it is not the longest that is within the bound.
    var values: [Int]?
    var isUnnamed = false
  }

  private func attack(
    _ name: String, _ summary: String, _ deeds: [Deed], by group: Int? = nil, windows: Int = 1
  ) -> (@escaping Mechanism, NoisePrecision) -> NoiseAttack {
    let size = group ?? self.group
    let absent = bystanders(size, at: deeds.first?.step ?? 0, windows: windows)
    var present = absent
    let passages = (0..<size).flatMap { individual in deeds.map { passage($0, of: individual) } } + absent[0]
    // In the order of their steps; at one step in the order they were made.
    present[0] = (0..<plan.parameters.steps).flatMap { step in passages.filter { $0.step == step } }
    let deviation = Double(plan.parameters.noiseScale.variance).squareRoot()
    let (plan, dimension, worlds) = (plan, dimension, (present, absent))
    return { mechanism, precision in
      NoiseAttack(
        name: name, summary: summary, group: size, precision: precision,
        numbers: windows * plan.parameters.steps * dimension,
        claim: Double(size) * distance(deeds) / deviation,
        guarantee: Double(size * plan.sensitivity) / deviation, needsPower: group == nil,
        obstacle: Self.room(plan, vector) < 1 ? "one individual may move a count beyond 16 bits, which hides it" : nil
      ) { try mechanism($0 ? worlds.0 : worlds.1, plan, dimension) }
    }
  }

  private func passage(_ deed: Deed, of individual: Int) -> Passage {
    Passage(
      step: deed.step, values: deed.values ?? vector, track: Self.track(deed.track, of: individual),
      individual: individual, isUnnamed: deed.isUnnamed)
  }

  /// A member's tracks have names of their own.
  private static func track(_ track: UInt64, of member: Int) -> UInt64 { UInt64(member) << 16 | track }

  /// As many others, there in both worlds, each with the name of a member's track: where one who comes pushes another out,
  /// two are gone. They pass the other way, so that the one does not stand for the other.
  private func bystanders(_ count: Int, at step: Int, windows: Int) -> [[Passage]] {
    let away = vector.map { -$0 }
    let all = (0..<count).map { member in
      Passage(step: step, values: away, track: Self.track(0, of: member), individual: count + member)
    }
    return Array(repeating: all, count: windows)
  }

  /// Longer than the longest that is within the bound, in its first number.
  private var tooLarge: [Int] { [vector[0] + 1] + vector.dropFirst() }

  /// Longer than the bound, but no number of it is: as large as the first of the longest, both ways. Where all that is within the bound,
  /// one number below 0 that is not, so far below that it does not make up for ``tooLarge`` and what counts.
  private var tooWide: [Int] {
    let wide = [vector[0]] + vector.dropFirst().map { _ in -vector[0] }
    guard wide.reduce(0, { $0 + $1 * $1 }) <= plan.bound else { return wide }
    return [-4 * (vector[0] + 1)] + vector.dropFirst().map { _ in 0 }
  }

  /// What the deeds that count move a window by: the norm of what the filter makes of them until the window ends.
  private func distance(_ deeds: [Deed]) -> Double {
    let taps = plan.filter.taps
    let square = (0..<plan.parameters.steps).reduce(0.0) { sum, step in
      let moved = deeds.reduce(0) { sum, deed in
        deed.counts && taps.indices.contains(step - deed.step) ? sum + taps[step - deed.step] : sum
      }
      return sum + Double(moved) * Double(moved)
    }
    return (square * Double(vector.reduce(0) { $0 + $1 * $1 })).squareRoot()
  }

  /// Whole numbers of a squared norm of at most `bound`, and as close to it as taking the largest square first comes.
  private static func longest(within bound: Int, dimension: Int) -> [Int] {
    var left = bound
    return (0..<dimension).map { _ in
      // Exact: below 2^30.
      let side = Int(Double(left).squareRoot())
      left -= side * side
      return side
    }
  }

  /// How many individuals with all their passages at one step, or as many others, stay 8 deviations within 16 bits.
  private static func room(_ plan: ContributionPlan, _ vector: [Int]) -> Int {
    let noise = Int(8 * Double(plan.parameters.noiseScale.variance).squareRoot())
    let peak = (plan.filter.taps.map(abs).max() ?? 0) * (vector.first ?? 0)
    guard peak > 0 else { return largestGroup }
    return ((Int(Int16.max) - noise) / peak - 1) / plan.passages
  }
}
