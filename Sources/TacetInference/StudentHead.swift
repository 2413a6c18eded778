/// What is added to a student's forecast: A·φ, the one part of a student that changes after it was trained.
///
/// φ are the student's features (a second output of its network, about uncorrelated and of unit size on the data that it was trained
/// on); A begins as zero.
public struct StudentHead: Hashable, Sendable {
  /// H: how many numbers a forecast has.
  public let horizon: Int
  /// K: how many features there are.
  public let features: Int
  /// A, [H, K], row-major, in the unit of the forecast.
  public let coefficients: [Float]

  /// No coefficient is larger in magnitude: nothing that a sensor measures is.
  public static let largestCoefficient: Float = 1e6
  /// A has no more coefficients.
  public static let mostCoefficients = 4096

  /// A head that changes nothing.
  /// - Throws: ``InferenceError`` when there is no number to forecast, or no feature.
  public init(horizon: Int, features: Int) throws(InferenceError) {
    let count =
      (1...Self.mostCoefficients).contains(horizon) && (1...Self.mostCoefficients).contains(features)
      ? horizon * features : 0
    try self.init(horizon: horizon, features: features, coefficients: [Float](repeating: 0, count: count))
  }

  /// - Throws: ``InferenceError`` when `coefficients` are not H·K finite numbers of at most ``largestCoefficient``.
  public init(horizon: Int, features: Int, coefficients: [Float]) throws(InferenceError) {
    guard (1...Self.mostCoefficients).contains(horizon), (1...Self.mostCoefficients).contains(features),
      horizon * features == coefficients.count, coefficients.count <= Self.mostCoefficients,
      coefficients.allSatisfy({ $0.magnitude <= Self.largestCoefficient })
    else {
      throw InferenceError(
        .badInput,
        "a head of \(coefficients.count) coefficients for \(horizon) numbers and \(features) features: there must be "
          + "\(horizon) × \(features), from 1 to \(Self.mostCoefficients), each at most \(Self.largestCoefficient)")
    }
    (self.horizon, self.features, self.coefficients) = (horizon, features, coefficients)
  }

  /// The forecast with what the head adds: H numbers. One with another length, or other features, stays as it is.
  public func corrected(_ forecast: [Float], features phi: [Float]) -> [Float] {
    guard forecast.count == horizon, phi.count == features else { return forecast }
    return forecast.indices.map { row in
      phi.indices.reduce(forecast[row]) { $0 + coefficients[row * features + $1] * phi[$1] }
    }
  }
}
