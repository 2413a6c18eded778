/// The weighted majority vote, for answers that are one of several classes.
///
/// The class with the most weight wins; of classes with the same weight the least, so that everyone who counts the same votes comes to
/// the same. While honest voters who agree have more weight than the rest, the rest cannot change the outcome.
public struct WeightedVote<Class: Comparable & Hashable & Sendable>: Sendable {
  /// The weight of each class that somebody voted for.
  public private(set) var weights: [Class: Double] = [:]

  /// No vote yet.
  public init() {}

  /// Counts a vote.
  /// - Parameter weight: finite and above 0; anything else counts as none.
  public mutating func add(_ vote: Class, weight: Double) {
    guard weight.isFinite, weight > 0 else { return }
    weights[vote, default: 0] += weight
  }

  /// The class that wins; nil while nobody has voted.
  public var winner: Class? { ranking.first?.vote }

  /// By how much the winner is ahead of the next.
  public var margin: Double {
    let ranking = ranking
    return (ranking.first?.weight ?? 0) - (ranking.dropFirst().first?.weight ?? 0)
  }

  /// Whether so much weight more cannot change the winner, whatever it votes for.
  public func isSettled(outstanding: Double) -> Bool {
    !weights.isEmpty && margin > outstanding
  }

  private var ranking: [(vote: Class, weight: Double)] {
    let all = weights.map { (vote: $0.key, weight: $0.value) }
    return all.sorted { one, other in
      one.weight == other.weight ? one.vote < other.vote : one.weight > other.weight
    }
  }
}
