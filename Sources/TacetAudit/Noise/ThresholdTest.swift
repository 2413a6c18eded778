import Foundation

/// An observer who names the world by one number: a weighted sum of what was released, beyond a threshold or not.
/// Weights and thresholds are chosen on some trials and judged on others, so that what it finds holds whatever the
/// noise looks like.
struct ThresholdTest {
  private let weights: [Double]
  private(set) var cuts: [Cut]

  /// A threshold, and how often either world was beyond it.
  struct Cut {
    fileprivate let threshold: Double
    /// Which world is taken to be there beyond it: presence above, absence below.
    let names: World
    private(set) var present = Hits()
    private(set) var absent = Hits()

    fileprivate mutating func add(_ score: Double, isPresent: Bool) {
      let isBeyond = names == .present ? score > threshold : score < threshold
      if isPresent { present.add(isBeyond) } else { absent.add(isBeyond) }
    }
  }

  enum World { case present, absent }

  struct Hits {
    private(set) var trials = 0
    private(set) var beyond = 0

    fileprivate mutating func add(_ isBeyond: Bool) {
      trials += 1
      beyond += isBeyond ? 1 : 0
    }
  }

  /// In deviations beyond the other world's mean: for what happens rarely, and then by far.
  private static let rare = [2.5, 5]

  /// The best weights for normal noise, Σ⁻¹d; thresholds on either side: that which promises most with such noise for
  /// as many trials more, and some for rare events.
  /// - Parameter level: what a bound may fail with, as in ``epsilon(delta:level:)``.
  /// - Returns: nil where the trials do not say.
  init?(choosing present: ReleaseMoments, _ absent: ReleaseMoments, level: Double) {
    guard min(present.trials, absent.trials) >= present.numbers + 50 else { return nil }
    let (with, without) = (present.means, absent.means)
    let difference = zip(with, without).map { $0 - $1 }
    guard let weights = PooledCovariance(present, absent).weights(difference) else { return nil }
    // The deviation of the score, and how many of it the means are apart: both are √(dᵀ Σ⁻¹ d).
    let distance = max(0, Self.score(weights, difference)).squareRoot()
    let best = Self.cut(distance: distance, trials: present.trials, level: level)
    let (low, high) = (Self.score(weights, without), Self.score(weights, with))
    cuts = ([best] + Self.rare).flatMap { cut in
      [
        Cut(threshold: low + cut * distance, names: .present), Cut(threshold: high - cut * distance, names: .absent),
      ]
    }
    self.weights = weights
  }

  /// Takes a trial of one of the worlds.
  mutating func add(_ values: [Int16], isPresent: Bool) {
    var score = 0.0
    for (weight, value) in zip(weights, values) { score += weight * Double(value) }
    for index in cuts.indices { cuts[index].add(score, isPresent: isPresent) }
  }

  /// What ε is not below at this δ, but for a probability of `level`: P(beyond | named) ≤ e^ε P(beyond | other) + δ,
  /// with the bounds of Clopper and Pearson (1934) for both. The level is shared out over thresholds and bounds.
  func epsilon(delta: Double, level: Double) -> Double {
    let confidence = 1 - level / Double(cuts.count)
    return cuts.reduce(0) { most, cut in
      let (named, other) = cut.names == .present ? (cut.present, cut.absent) : (cut.absent, cut.present)
      guard named.trials > 0, other.trials > 0 else { return most }
      let low = Quantile.clopperPearson(named.beyond, of: named.trials, confidence: confidence).lowerBound
      let high = Quantile.clopperPearson(other.beyond, of: other.trials, confidence: confidence).upperBound
      guard low > delta, high > 0 else { return most }
      return max(most, log((low - delta) / high))
    }
  }

  private static func score(_ weights: [Double], _ values: [Double]) -> Double {
    zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// In deviations above the absent world's mean, where normal noise would give the largest bound.
  private static func cut(distance: Double, trials: Int, level: Double) -> Double {
    let deviations = (-2 * log(level)).squareRoot()
    let count = Double(trials)
    func promise(_ cut: Double) -> Double {
      let (right, wrong) = (0.5 * erfc((cut - distance) / 2.squareRoot()), 0.5 * erfc(cut / 2.squareRoot()))
      let offset = deviations * deviations / (2 * count)
      let low = right - deviations * (right * (1 - right) / count).squareRoot() - offset
      let high = wrong + deviations * (wrong * (1 - wrong) / count).squareRoot() + offset
      return low > 0 ? log(low / high) : -Double.infinity
    }
    let cuts = stride(from: -2, through: min(distance, 40) + 2, by: 0.05)
    return cuts.max { promise($0) < promise($1) } ?? 0
  }
}
