@testable import TacetPrivacy

/// What a counter is told over one window, to be counted with one individual and without.
struct CountedWindow {
  struct Passage {
    let step: Int
    let values: [Int]
    let track: UInt64
    let individual: Int
  }

  let plan: ContributionPlan
  let dimension: Int
  let passages: [Passage]

  /// The filtered counts of each step, before noise.
  func filtered(without absent: Int?) -> [[Int64]] {
    var counter = ContributionCounter(plan: plan, dimension: dimension)
    var history = CountHistory(filter: plan.filter, dimension: dimension)
    return (0..<plan.parameters.steps).map { step in
      for passage in passages where passage.step == step && passage.individual != absent {
        _ = counter.count(passage.values, track: passage.track, of: passage.individual)
      }
      history.append(counter.counts)
      counter.endStep()
      return history.filtered()
    }
  }

  /// ‖with − without‖² over the whole window, exactly.
  func squaredDistance(without absent: Int) -> Int {
    zip(filtered(without: nil), filtered(without: absent)).reduce(0) { sum, rows in
      zip(rows.0, rows.1).reduce(sum) { $0 + Int(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
  }
}
