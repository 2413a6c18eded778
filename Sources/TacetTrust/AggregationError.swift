/// Vectors that cannot be aggregated.
public enum AggregationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no vector.
  case nothingToAggregate
  /// A vector has another length than the first.
  case lengthsDiffer(index: Int, length: Int, expected: Int)
  /// A vector holds NaN or an infinity.
  case notFinite(index: Int)

  /// One line.
  public var description: String {
    switch self {
    case .nothingToAggregate: "there is no vector to aggregate"
    case .lengthsDiffer(let index, let length, let expected):
      "vector \(index) has \(length) numbers, the first has \(expected)"
    case .notFinite(let index): "vector \(index) holds a number that is not finite"
    }
  }
}
