/// What is asked of a stream of counts: sums of the counts of the last steps, at every step of a window.
public struct FilterWorkload: Hashable, Sendable {
  /// One question, asked at each step t: Σ weights[i] · (the counts of step t − i).
  public struct Query: Hashable, Sendable {
    /// The weight of the step's own counts first. Steps before the window count as zero.
    public let weights: [Double]
    /// How much its squared error counts beside those of the other queries; only proportions matter.
    public let importance: Double

    /// A question. Its numbers are checked where a workload is made of it.
    public init(weights: [Double], importance: Double = 1) {
      self.weights = weights
      self.importance = importance
    }

    /// The sum of the counts of the last `steps` steps.
    public static func sum(of steps: Int, importance: Double = 1) -> Query {
      // More than any window has is refused where a workload is made of it, and need not be kept.
      Query(weights: Array(repeating: 1, count: max(0, min(steps, mostSteps + 1))), importance: importance)
    }
  }

  /// What is asked at each step.
  public let queries: [Query]
  /// How many steps the window has.
  public let steps: Int
  /// The covariance of a step's count with that of i steps later, from i = 0; beyond the last it is zero. nil when nothing is known.
  public let autocovariance: [Double]?

  /// The most queries.
  public static let mostQueries = 16
  /// The most steps of a window whose counts nothing is known of.
  public static let mostSteps = 10_000
  /// The most steps where the receiver knows the counts' covariance: its equations are solved anew at each step. Where filter, queries and
  /// covariance reach back much less far than this, more steps change the error no more.
  public static let mostCorrelatedSteps = 128
  /// The largest magnitude of a weight, an importance and a covariance.
  public static let largestNumber = 1e6

  /// A workload.
  /// - Parameters:
  ///   - queries: 1…``mostQueries``, each of as many weights as there are steps, or fewer, not all of them 0.
  ///   - steps: 1…``mostSteps``, or ``mostCorrelatedSteps`` with a covariance.
  ///   - autocovariance: as many numbers as there are steps, or fewer, such that some random counts have it.
  public init(queries: [Query], steps: Int, autocovariance: [Double]? = nil) throws(FilterWorkloadError) {
    let mostSteps = autocovariance == nil ? Self.mostSteps : Self.mostCorrelatedSteps
    guard (1...mostSteps).contains(steps) else { throw .stepsOutOfRange(steps, most: mostSteps) }
    guard (1...Self.mostQueries).contains(queries.count) else { throw .queryCountOutOfRange(queries.count) }
    for (index, query) in queries.enumerated() {
      guard (1...steps).contains(query.weights.count), query.weights.allSatisfy(Self.isNumber),
        query.weights.contains(where: { abs($0) >= 1 / Self.largestNumber })
      else { throw .weightsOutOfRange(query: index) }
      guard (1 / Self.largestNumber...Self.largestNumber).contains(query.importance) else {
        throw .importanceOutOfRange(query: index)
      }
    }
    if let autocovariance {
      guard (1...steps).contains(autocovariance.count), autocovariance.allSatisfy(Self.isNumber),
        autocovariance[0] >= 1 / Self.largestNumber, Self.isCovariance(autocovariance, steps: steps)
      else { throw .noCovariance }
    }
    (self.queries, self.steps, self.autocovariance) = (queries, steps, autocovariance)
  }

  /// The importance of each query, of 1 in all.
  var shares: [Double] {
    let sum = queries.reduce(0) { $0 + $1.importance }
    return queries.map { $0.importance / sum }
  }

  private static func isNumber(_ value: Double) -> Bool { abs(value) <= largestNumber }

  /// Whether the Toeplitz matrix of `steps` rows has no eigenvalue below zero (but for a 10⁻⁹ of the variance): every reflection
  /// coefficient of the recursion of Levinson and Durbin (Durbin 1960) is below 1 in magnitude.
  private static func isCovariance(_ lags: [Double], steps: Int) -> Bool {
    let variance = lags[0] * (1 + 1e-9)
    var (prediction, rest) = ([1.0], variance)
    for step in 1..<max(steps, 1) {
      let sum = prediction.enumerated().reduce(0.0) { sum, term in
        let lag = step - term.offset
        return sum + (lag < lags.count ? term.element * lags[lag] : 0)
      }
      let reflection = -sum / rest
      guard abs(reflection) < 1 else { return false }
      let padded = prediction + [0]
      prediction = zip(padded, padded.reversed()).map { $0 + reflection * $1 }
      rest *= 1 - reflection * reflection
    }
    return true
  }
}

/// A workload that says nothing that can be asked.
public enum FilterWorkloadError: Error, Hashable, Sendable {
  /// The window's steps are not in 1…`most`.
  case stepsOutOfRange(Int, most: Int)
  /// There is no query, or more than `FilterWorkload.mostQueries`.
  case queryCountOutOfRange(Int)
  /// The weights of a query (counted from 0) are none, more than the steps, too large, or all zero.
  case weightsOutOfRange(query: Int)
  /// The importance of a query (counted from 0) is not above 0, or too large.
  case importanceOutOfRange(query: Int)
  /// No random counts have this autocovariance.
  case noCovariance
}

extension FilterWorkloadError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  public var description: String {
    switch self {
    case .stepsOutOfRange(let steps, let most):
      "\(steps) steps are out of range: give a whole number from 1 to \(most)"
        + (most < FilterWorkload.mostSteps ? ", or no autocovariance" : "")
    case .queryCountOutOfRange(let count):
      "\(count) queries are out of range: give from 1 to \(FilterWorkload.mostQueries)"
    case .weightsOutOfRange(let query):
      "the weights of query \(query) are out of range: give at least one and no more than the window has steps, of at most "
        + "\(FilterWorkload.largestNumber) in magnitude, not all 0"
    case .importanceOutOfRange(let query):
      "the importance of query \(query) is out of range: give a number from \(1 / FilterWorkload.largestNumber) to "
        + "\(FilterWorkload.largestNumber)"
    case .noCovariance:
      "no counts have this autocovariance: give the variance first, above 0, then what is left of it one step later, two steps "
        + "later and so on, no more numbers than the window has steps; a longer list, or a larger variance, is nearer to one that "
        + "counts can have"
    }
  }
}
