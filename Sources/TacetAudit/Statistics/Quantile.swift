/// Where tail probabilities reach a level.
enum Quantile {
  /// The smallest k with P(X ≥ k) ≤ level, for `n` trials that succeed with probability `p`; n + 1 where there is none.
  static func binomial(_ level: Double, of n: Int, _ p: Double) -> Int {
    whole(0, n + 1) { Tail.binomial($0, of: n, p) <= level }
  }

  /// The smallest t with P(|T| ≥ t) ≤ level.
  static func student(_ level: Double, degrees: Double) -> Double {
    real(0, 1e6) { Tail.student($0, degrees: degrees) <= level }
  }

  /// The smallest number of steps with P(D ≥ steps / n) ≤ level; n + 1 where there is none.
  static func kolmogorov(_ level: Double, of n: Int) -> Int {
    whole(0, n + 1) { Tail.kolmogorov(steps: $0, of: n) <= level }
  }

  /// The smallest nats at which the bound ``Tail/relativeEntropy(_:degrees:)`` is at most the level.
  static func relativeEntropy(_ level: Double, degrees: Double) -> Double {
    real(0, 20 * degrees + 2000) { Tail.relativeEntropy($0, degrees: degrees) <= level }
  }

  /// The interval of Clopper and Pearson (1934) for the probability behind `k` successes of `n`.
  static func clopperPearson(_ k: Int, of n: Int, confidence: Double) -> ClosedRange<Double> {
    let level = (1 - confidence) / 2
    let low = k == 0 ? 0 : real(0, 1) { Tail.binomial(k, of: n, $0) >= level }
    let high = k == n ? 1 : real(0, 1) { Tail.binomial(n - k, of: n, 1 - $0) <= level }
    return min(low, high)...max(low, high)
  }

  /// The smallest whole number in the range for which a condition holds that holds from some number on.
  static func whole(_ low: Int, _ high: Int, _ holds: (Int) -> Bool) -> Int {
    var low = low
    var high = high
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return high
  }

  /// The same among the doubles, as close as they get.
  static func real(_ low: Double, _ high: Double, _ holds: (Double) -> Bool) -> Double {
    var low = low
    var high = high
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if holds(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
