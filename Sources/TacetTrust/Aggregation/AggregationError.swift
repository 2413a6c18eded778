/// Why vectors were not aggregated.
public enum AggregationError: Error, Hashable, Sendable {
  /// There is no vector, or none with a number in it.
  case nothingToAggregate
  /// A parameter of the rule is out of range.
  case parameter(String)
  /// More liars must be stood than the rule stands among so many vectors. `excluded` were lies to be seen, and left out:
  /// `vectors` and `byzantine` no longer count them.
  case boundExceeded(rule: AggregationRule.Name, byzantine: Int, vectors: Int, largest: Int, excluded: Int)
  /// The rule, or the mixing in front of it, is set up for more vectors than there are.
  case tooFewVectors(rule: String, vectors: Int, least: Int, excluded: Int)
  /// Multi-Krum averages more of the vectors than are honest if all `byzantine` lie, so that lies are among them.
  case tooManySelected(selected: Int, byzantine: Int, vectors: Int, excluded: Int)
  /// Rules that compare all pairs of vectors hold a square of numbers in memory, and this is too large.
  case tooManyVectors(rule: String, vectors: Int, most: Int)
  /// A vector has another length than the first.
  case lengthsDiffer(index: Int, length: Int, expected: Int)
  /// A vector holds NaN or an infinity.
  case notFinite(index: Int)
}

extension AggregationError: CustomStringConvertible {
  /// One line: what is wrong, and what would fit.
  public var description: String {
    switch self {
    case .nothingToAggregate: "there is no vector to aggregate: give at least one, with at least one number"
    case .parameter(let problem): problem
    case .boundExceeded(let rule, let byzantine, let vectors, let largest, let excluded):
      "\(rule.rawValue), as it is set up, stands \(largest) liars among \(vectors) vectors\(Self.after(excluded)), not "
        + "\(byzantine): \(Self.advice(rule))"
    case .tooFewVectors(let rule, let vectors, let least, let excluded):
      "\(rule) needs at least \(least) vectors, and there are \(vectors)\(Self.after(excluded)): ask for fewer liars, or give more"
    case .tooManySelected(let selected, let byzantine, let vectors, let excluded):
      "multi-krum cannot average \(selected) of \(vectors) vectors\(Self.after(excluded)) of which \(byzantine) may lie: "
        + "select at most \(vectors - byzantine), or give more"
    case .tooManyVectors(let rule, let vectors, let most):
      "\(rule) compares all pairs of vectors, at most \(most) of them, not \(vectors): choose a rule of coordinates"
    case .lengthsDiffer(let index, let length, let expected):
      "vector \(index) has \(length) numbers, the first has \(expected)"
    case .notFinite(let index): "vector \(index) holds a number that is not finite"
    }
  }

  private static func after(_ excluded: Int) -> String { excluded == 0 ? "" : " (\(excluded) more are left out)" }

  private static func advice(_ rule: AggregationRule.Name) -> String {
    switch rule {
    case .mean: "choose a robust rule"
    case .trimmedMean, .krum, .multiKrum: "set it up for more, or give more vectors"
    case .median, .geometricMedian, .centredClipping: "give more vectors, at least one more than twice the liars"
    }
  }
}
