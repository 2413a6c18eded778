import Foundation

extension TrustBook {
  /// How far vectors without noise are from the robust result, or from what those say who have the same inputs.
  ///
  /// Those within tolerance of the result agree. Farther away may be who has other inputs than most: such a vector is compared with those
  /// of the same inputs alone, and with no other where liars could have made all of them. So whoever decides what reaches an honest
  /// peer cannot make a liar of it: honest vectors of the same inputs are the same.
  func closeness(
    of vectors: [String: [Float]], to result: [Float], madeFrom inputs: [String: [UInt8]], in panel: Panel,
    at time: Date
  ) -> [String: Evidence] {
    let tolerance = parameters.tolerance * Self.size(of: result)
    func origin(_ peer: String) -> [UInt8] { inputs[peer, default: []] }
    let far = vectors.filter { Self.distance($0.value, result) > tolerance }
    let centres = Set(far.keys.map(origin)).reduce(into: [:]) { centres, inputs in
      centres[inputs] = centre(of: vectors.filter { origin($0.key) == inputs }, in: panel, within: tolerance)
    }
    return vectors.reduce(into: [:]) { evidence, item in
      evidence[item.key] =
        if far[item.key] == nil {
          Evidence(.distance, agreement: 1, reason: "within tolerance of the robust result", at: time)
        } else if let centre = centres[origin(item.key)] {
          distance(Self.distance(item.value, centre) / tolerance, at: time)
        } else {
          .incomparable(at: time)
        }
    }
  }

  /// - Parameter times: so many times the tolerance from those of the same inputs.
  private func distance(_ times: Double, at time: Date) -> Evidence {
    guard times > 1 else {
      return Evidence(.distance, agreement: 1, reason: "within tolerance of those with the same releases", at: time)
    }
    let figure = String(format: "%.1f", min(times, 1e6))
    return Evidence(
      .distance, agreement: 1 / (times * times),
      reason: "\(figure) times the tolerance away from those with the same releases", at: time)
  }

  /// The centre of the smallest ball, around one of the vectors, that holds more of the weight heard than liars may have, of two peers at
  /// least: somebody honest is in it. Nil where none of this radius does.
  private func centre(of vectors: [String: [Float]], in panel: Panel, within radius: Double) -> [Float]? {
    let heard = panel.weights.compactMap { peer, weight in vectors[peer].map { (vector: $0, weight: weight) } }
    // Sums of the same weights in another order are the same weight.
    let needed = panel.trimmed * (1 + 1e-9)
    guard heard.count > 1, heard.reduce(0, { $0 + $1.weight }) > needed else { return nil }
    var best: (radius: Double, vector: [Float])?
    for (_, candidate) in vectors.sorted(by: { $0.key < $1.key }) {
      let others = heard.map { (distance: Self.distance(candidate, $0.vector), weight: $0.weight) }
      var held: (peers: Int, weight: Double) = (0, 0)
      let last = others.sorted { $0.distance < $1.distance }.first { other in
        held = (held.peers + 1, held.weight + other.weight)
        return held.peers > 1 && held.weight > needed
      }
      guard let reach = last?.distance, reach <= radius, reach < best?.radius ?? .infinity else { continue }
      best = (reach, candidate)
    }
    return best?.vector
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
    distance(vector, result) / size(of: result)
  }

  /// The root mean square of the differences.
  private static func distance(_ vector: [Float], _ other: [Float]) -> Double {
    rootMeanSquare(zip(vector, other).lazy.map { Double($0) - Double($1) })
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
