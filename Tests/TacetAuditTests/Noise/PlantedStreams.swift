import Synchronization
import TacetPrivacy

@testable import TacetAudit

/// Mechanisms that say they are a plan's, and have a bug.
enum PlantedStreams {
  typealias Mechanism = StreamAttacks.Mechanism
  typealias Passage = StreamAttacks.Passage

  /// The true mechanism of another plan of as many steps.
  static func released(
    taps: [Int]? = nil, passages: Int? = nil, bound: Int? = nil, scale: Int? = nil
  ) -> Mechanism {
    { windows, plan, dimension in
      let other = try ContributionPlan(
        filter: taps.map { try CausalFilter(taps: $0) } ?? plan.filter, passages: passages ?? plan.passages,
        bound: bound ?? plan.bound, scale: scale ?? plan.parameters.scale, steps: plan.parameters.steps)
      return try StreamAttacks.released(windows, other, dimension)
    }
  }

  /// Counts a track again each time it comes: here each sighting has a name of its own.
  static let countsTracksAgain: Mechanism = { windows, plan, dimension in
    let renamed = windows.map { window in
      window.enumerated().map { number, passage in
        var passage = passage
        passage.track = UInt64(number)
        return passage
      }
    }
    return try released(passages: 8)(renamed, plan, dimension)
  }

  /// Goes on with the counts of the window before in its filter: here the windows are one, whose tracks have names of
  /// their own.
  static let doesNotReset: Mechanism = { windows, plan, dimension in
    let steps = plan.parameters.steps
    let long = try ContributionPlan(
      filter: plan.filter, passages: plan.passages * windows.count, bound: plan.bound,
      scale: plan.parameters.scale, steps: steps * windows.count)
    let passages = windows.enumerated().flatMap { number, window in
      window.map { passage in
        var passage = passage
        passage.step += number * steps
        passage.track += UInt64(number) << 32
        return passage
      }
    }
    return try StreamAttacks.released([passages], long, dimension)
  }

  /// The counts of the true mechanism, exactly, under noise from elsewhere.
  /// - Parameter noise: for the window and the step, as many as asked for.
  static func noised(
    _ noise: @escaping @Sendable (_ window: Int, _ step: Int, _ count: Int, NoiseScale) throws -> [Int16]
  ) -> Mechanism {
    { windows, plan, dimension in
      try windows.enumerated().flatMap { number, window in
        try (0..<plan.parameters.steps).flatMap { step in
          let counts = filtered(window, step: step, plan, dimension)
          return try zip(noise(number, step, dimension, plan.parameters.noiseScale), counts).map { $0 + Int16($1) }
        }
      }
    }
  }

  /// The same noise at every step of a window.
  static let reusesNoise: Mechanism = { windows, plan, dimension in
    let drawn = try windows.map { _ in try fresh(dimension, plan.parameters.noiseScale) }
    return try noised { window, _, _, _ in drawn[window] }(windows, plan, dimension)
  }

  /// Half of the noise of a step is that of the step before, to the same variance.
  static let sharesNoise: Mechanism = { windows, plan, dimension in
    let steps = plan.parameters.steps
    let drawn = try (0...steps).map { _ in try fresh(dimension, plan.parameters.noiseScale) }
    return try noised { _, step, _, _ in
      zip(drawn[step], drawn[step + 1]).map { Int16(((Double($0) + Double($1)) / 2.squareRoot()).rounded()) }
    }(windows, plan, dimension)
  }

  /// The noise of a window is that of the window before it.
  static let repeatsNoise: Mechanism = { windows, plan, dimension in
    let drawn = try (0..<plan.parameters.steps).map { _ in try fresh(dimension, plan.parameters.noiseScale) }
    return try noised { _, step, _, _ in drawn[step] }(windows, plan, dimension)
  }

  /// The noise of a window is that of the one released `windows` before it, in every second stretch of so many.
  static func repeatsAfter(_ windows: Int) -> Mechanism {
    let memory = Mutex<(kept: [[Int16]], released: Int)>(([], 0))
    return { window, plan, dimension in
      let count = plan.parameters.steps * dimension * window.count
      let drawn = try memory.withLock { memory in
        defer { memory.released += 1 }
        let place = memory.released % (2 * windows)
        if place >= windows { return memory.kept[place - windows] }
        if place == 0 { memory.kept = [] }
        memory.kept.append(try fresh(count, plan.parameters.noiseScale))
        return memory.kept[place]
      }
      return try noised { number, step, _, _ in
        let start = (number * plan.parameters.steps + step) * dimension
        return Array(drawn[start..<start + dimension])
      }(window, plan, dimension)
    }
  }

  /// A step's last number has 70 % of the noise.
  static let quietCorner: Mechanism = noised { _, step, count, scale in
    var noise = try fresh(count, scale)
    if step == 0, let last = noise.last { noise[count - 1] = Int16((Double(last) * 0.7).rounded()) }
    return noise
  }

  static func fresh(_ count: Int, _ scale: NoiseScale) throws -> [Int16] {
    try GaussianSampler.noise(scale, precision: .narrow, count: count)
  }

  /// What the plan says is released before noise at a step, by its definition: ContributionStream.md.
  private static func filtered(_ window: [Passage], step: Int, _ plan: ContributionPlan, _ dimension: Int) -> [Int] {
    var seen: [Int: Set<UInt64>] = [:]
    var counts = [Int](repeating: 0, count: dimension)
    for passage in window.sorted(by: { $0.step < $1.step }) {
      let squares = passage.values.reduce(0) { $0 + $1 * $1 }
      let before = seen[passage.individual] ?? []
      guard squares <= plan.bound, before.count < plan.passages, !before.contains(passage.track) else { continue }
      seen[passage.individual, default: []].insert(passage.track)
      let age = step - passage.step
      guard plan.filter.taps.indices.contains(age) else { continue }
      for (index, value) in passage.values.enumerated() { counts[index] += plan.filter.taps[age] * value }
    }
    return counts
  }
}

extension StreamAttacks {
  /// What devices run, from the 64-bit table.
  static let released = released(from: .narrow)
}

extension ReleaseAttacks {
  /// What devices run, from the 64-bit table.
  static let released = released(from: .narrow)
}
