package import TacetTrust

/// Liars that know the rule: of several kinds of lie, each as large as it can be, the one that moves this rule's result most.
///
/// The kinds are honest means with a number of standard deviations more, or of the opposite sign (the factors are searched for,
/// with the rule itself, as ByzFL's optimal attacks do), and in each coordinate the largest or smallest honest number, whichever does more:
/// that is just inside what a trimmed mean trims, and moves it as far as any lie can.
package struct AdaptiveLies: AggregationAttack {
  package let name = "adaptive"
  let evaluations: Int

  /// - Parameter evaluations: how often each search asks the rule.
  package init(evaluations: Int = 16) { self.evaluations = evaluations }

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    let moments = HonestMoments(honest)
    func result(_ lie: [Float]) -> [Float]? {
      let all = Vectors(honest + Array(repeating: lie, count: byzantine))
      return try? aggregator.aggregate(all, threads: 1).values
    }
    func damage(_ lie: [Float]) -> Double {
      guard let result = result(lie) else { return 0 }
      return zip(result, moments.mean).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    }
    let (high, low) = (Self.edge(of: honest, by: >), Self.edge(of: honest, by: <))
    var edges = [high, low]
    if let above = result(high), let below = result(low) {
      edges.append(
        moments.mean.indices.map { k in
          abs(Double(above[k]) - moments.mean[k]) > abs(Double(below[k]) - moments.mean[k]) ? high[k] : low[k]
        })
    }
    let shifted = strongest {
      moments.vector(scale: 1, shift: $0)
    } damage: {
      damage($0)
    }
    let turned = strongest {
      moments.vector(scale: -$0, shift: 0)
    } damage: {
      damage($0)
    }
    let worst = (edges + [shifted, turned]).max { damage($0) < damage($1) }
    return Array(repeating: worst, count: byzantine)
  }

  /// The largest, or smallest, number of each coordinate.
  private static func edge(of honest: [[Float]], by isBefore: (Float, Float) -> Bool) -> [Float] {
    honest.dropFirst().reduce(honest.first ?? []) { edge, vector in
      zip(edge, vector).map { isBefore($0, $1) ? $0 : $1 }
    }
  }

  /// Doubles its step while the damage grows, then shortens it.
  private func strongest(_ lie: (Double) -> [Float], damage: ([Float]) -> Double) -> [Float] {
    var (factor, step, isGrowing) = (0.0, 1.0, true)
    var most = damage(lie(factor))
    for _ in 1..<max(2, evaluations) {
      let done = damage(lie(factor + step))
      if done > most {
        (factor, most) = (factor + step, done)
        step *= isGrowing ? 2 : 0.8
      } else {
        isGrowing = false
        step *= 0.5
      }
    }
    return lie(factor)
  }
}
