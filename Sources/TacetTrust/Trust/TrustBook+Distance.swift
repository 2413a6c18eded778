import Foundation

extension TrustBook {
  /// How far a vector without noise is from the robust result.
  func distance(of vector: [Float], to result: [Float], at time: Date) -> Evidence {
    let relative = Self.relativeDistance(of: vector, to: result) / parameters.tolerance
    if relative <= 1 {
      return Evidence(.distance, agreement: 1, reason: "within tolerance of the robust result", at: time)
    }
    let figure = String(format: "%.1f", min(relative, 1e6))
    return Evidence(
      .distance, agreement: 1 / (relative * relative),
      reason: "\(figure) times the tolerance away from the robust result", at: time)
  }

  /// Whether a noised vector is near enough to as much weight as an honest one is: all but the liars'.
  ///
  /// An honest vector is within the bound of every other honest one but with probability `falseAlarm` for all of them together (each pair
  /// has its part of it), and the others that are honest weigh all but what is trimmed. So it is not called a lie more often,
  /// whatever the liars send.
  func consensus(
    of vector: [Float], with all: [String: [Float]], in panel: Panel, bound: NoiseBound, at time: Date
  ) -> Evidence {
    let pairs = Double(max(1, panel.weights.count))
    let limit = bound.largestSquare(dimension: vector.count, falseAlarm: parameters.falseAlarm / pairs)
    var near = 0.0
    for (peer, weight) in panel.weights {
      guard let other = all[peer] else { continue }
      if Self.squaredDistance(vector, other) <= limit { near += weight }
    }
    // Its own weight, where it is heard, is among those near: its distance to itself is 0.
    let needed = (panel.total - panel.trimmed) * (1 - 1e-9)
    let isNear = near >= needed
    let share = String(format: "%.0f", 100 * near / panel.total)
    return Evidence(
      .distance, agreement: isNear ? 1 : 0,
      reason: isNear
        ? "as near to the others as honest noise is"
        : "farther than honest noise from all but \(share) % of the weight", at: time)
  }

  /// Below this size a result counts as this large: differences between numbers near zero are not lies.
  private static let leastScale = 0.05

  /// How far a vector is from a result of as many coordinates, as a share of the result's size.
  public static func relativeDistance(of vector: [Float], to result: [Float]) -> Double {
    rootMeanSquare(zip(vector, result).lazy.map { Double($0) - Double($1) }) / size(of: result)
  }

  /// What a distance to a result is relative to.
  static func size(of result: [Float]) -> Double {
    max(rootMeanSquare(result.lazy.map(Double.init)), leastScale)
  }

  static func rootMeanSquare(_ values: some Collection<Double>) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
  }

  private static func squaredDistance(_ first: [Float], _ second: [Float]) -> Double {
    zip(first, second).reduce(0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return sum + difference * difference
    }
  }
}
