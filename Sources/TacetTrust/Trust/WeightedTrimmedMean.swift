/// The coordinate-wise trimmed mean of weighted vectors: of each coordinate's values in ascending order the first and the last
/// `trimmed` of the weight are left out, in part where a value's weight is cut by the border.
///
/// **Bound.** While the liars' weight is at most `trimmed`, and that is less than half of all, each coordinate of the result lies
/// within the range of the honest values: below and above every point of weight that is kept lies more weight than the liars have. With
/// equal weights and a whole number of them trimmed it is the trimmed mean of Yin, Chen, Ramchandran, Bartlett 2018,
/// "Byzantine-robust distributed learning".
public struct WeightedTrimmedMean: Sendable, Hashable {
  /// A vector and what it counts.
  public struct Ballot: Sendable, Hashable {
    /// d finite numbers.
    public let values: [Float]
    /// Finite and not negative; anything else counts as 0.
    public let weight: Double

    /// A vector with its weight.
    public init(_ values: [Float], weight: Double) {
      self.values = values
      self.weight = weight.isFinite ? max(0, weight) : 0
    }
  }

  /// The weight that is left out at either end.
  public let trimmed: Double

  /// - Parameter trimmed: at least 0.
  public init(trimmed: Double) {
    self.trimmed = trimmed.isNaN ? 0 : max(0, trimmed)
  }

  /// The aggregate of n vectors of d finite numbers each.
  ///
  /// - Throws: ``AggregationError`` when no weight is left, when lengths differ, or when a number is not finite.
  public func aggregate(_ ballots: [Ballot]) throws(AggregationError) -> [Float] {
    let length = ballots.first?.values.count ?? 0
    for (index, ballot) in ballots.enumerated() {
      guard ballot.values.count == length else {
        throw .lengthsDiffer(index: index, length: ballot.values.count, expected: length)
      }
      guard ballot.values.allSatisfy(\.isFinite) else { throw .notFinite(index: index) }
    }
    return try means(of: ballots, length: length, within: WeightedSpan(below: trimmed, above: trimmed))
  }

  /// The least and the greatest that the aggregate can become with so much weight more, whatever is in the missing vectors.
  ///
  /// It is monotone in every value, so that the extremes are those with all the missing weight at one end.
  /// - Returns: nil where the missing weight is more than is trimmed: then there is no bound.
  func bounds(_ ballots: [Ballot], missing: Double) -> (least: [Float], greatest: [Float])? {
    guard missing <= trimmed, let length = ballots.first?.values.count else { return nil }
    guard
      let least = try? means(
        of: ballots, length: length, within: WeightedSpan(below: trimmed - missing, above: trimmed)),
      let greatest = try? means(
        of: ballots, length: length, within: WeightedSpan(below: trimmed, above: trimmed - missing))
    else { return nil }
    return (least, greatest)
  }

  /// This share of the weight must be kept: far more than sums of weights are off by.
  private static let leastKept = 1e-6

  private func means(
    of ballots: [Ballot], length: Int, within span: WeightedSpan
  ) throws(AggregationError) -> [Float] {
    let ballots = ballots.filter { $0.weight > 0 }
    let total = ballots.reduce(0) { $0 + $1.weight }
    guard total - span.below - span.above > Self.leastKept * total else { throw .nothingToAggregate }
    return (0..<length).map { coordinate in
      span.mean(of: ballots.map { (Double($0.values[coordinate]), $0.weight) }, total: total)
    }
  }
}

/// The part of a row of weighted values that is kept.
private struct WeightedSpan {
  /// The weight left out below,
  let below: Double
  /// and above.
  let above: Double

  private static let rounding = 1e-12

  func mean(of values: [(value: Double, weight: Double)], total: Double) -> Float {
    let end = total - above
    var position = 0.0
    var (sum, kept) = (0.0, 0.0)
    for (value, weight) in values.sorted(by: { $0.value < $1.value }) {
      let part = min(position + weight, end) - max(position, below)
      position += weight
      // What only rounding left of a value must not count, however large that is.
      guard part > Self.rounding * total else { continue }
      sum += part * value
      kept += part
    }
    return Float(sum / kept)
  }
}
