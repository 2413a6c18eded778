/// Holds each batch of peers to a share of all weight, so that a crowd enrolled at once has no more say than that (against what
/// Douceur 2002, "The Sybil Attack", calls the forging of identities; only who issues certificates can stop that).
struct BatchCap {
  /// In (0, 1).
  let share: Double

  /// The weights that are left: those of a batch above its share are scaled down together, the rest stay.
  ///
  /// Let U be the weight of peers in no capped batch, and k the number of those that are: each of them is left
  /// share · U / (1 − k · share), which is `share` of all that is left.
  func apply(to weights: [String: Double], batches: [String: EnrolmentBatch]) -> [String: Double] {
    var mass: [EnrolmentBatch: Double] = [:]
    var free = 0.0
    for (peer, weight) in weights {
      if let batch = batches[peer] { mass[batch, default: 0] += weight } else { free += weight }
    }
    let limit = limit(masses: mass.values.filter { $0 > 0 }, free: free)
    return Dictionary(
      uniqueKeysWithValues: weights.map { peer, weight in
        guard let total = batches[peer].flatMap({ mass[$0] }), total > limit else { return (peer, weight) }
        return (peer, weight * (limit / total))
      })
  }

  /// What a batch may weigh.
  private func limit(masses: [Double], free: Double) -> Double {
    var rest = masses.sorted(by: >)[...]
    var uncapped = free + masses.reduce(0, +)
    var capped = 0.0
    while let heaviest = rest.popFirst() {
      let limit = share * uncapped / max(1 - capped * share, .leastNormalMagnitude)
      // The heaviest counts as uncapped in this limit, so that comparing with it is comparing shares.
      guard heaviest > limit else { return limit }
      uncapped -= heaviest
      capped += 1
      if capped * share >= 1 { return share * free }
    }
    return share * free / (1 - capped * share)
  }
}
