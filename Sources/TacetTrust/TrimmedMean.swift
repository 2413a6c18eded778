/// The coordinate-wise trimmed mean: each coordinate's `trim` smallest and `trim` largest values are left out.
///
/// With at most `trim` liars among n > 2·trim vectors, each coordinate of the result lies within the range of the honest
/// values (Yin, Chen, Ramchandran, Bartlett 2018, "Byzantine-robust distributed learning").
public struct TrimmedMean: Sendable, Hashable {
  /// How many values to leave out at either end.
  public let trim: Int

  /// - Parameter trim: at least 0. Where too few vectors are left for it, the largest trim that leaves one is used:
  ///   (n − 1) / 2, the median.
  public init(trim: Int) {
    self.trim = max(0, trim)
  }

  /// The aggregate of n vectors of d finite numbers each.
  ///
  /// - Throws: ``AggregationError`` when there is no vector, when their lengths differ, or when a number is not finite:
  ///   one NaN must not decide.
  public func aggregate(_ vectors: [[Float]]) throws(AggregationError) -> [Float] {
    guard let length = vectors.first?.count else { throw .nothingToAggregate }
    for (index, vector) in vectors.enumerated() {
      guard vector.count == length else {
        throw .lengthsDiffer(index: index, length: vector.count, expected: length)
      }
      guard vector.allSatisfy(\.isFinite) else { throw .notFinite(index: index) }
    }
    let dropped = min(trim, (vectors.count - 1) / 2)
    return (0..<length).map { coordinate in
      let kept = vectors.map { Double($0[coordinate]) }.sorted().dropFirst(dropped).dropLast(dropped)
      return Float(kept.reduce(0, +) / Double(kept.count))
    }
  }
}
