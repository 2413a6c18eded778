/// Rounds the magnitudes of a filter x of norm H to whole numbers m with Σ m² ≤ H²: never above it, whatever x is.
///
/// It looks for the least (H² − Σ m²) + 2 ‖m − x‖². The first term is what the charge pays for and the filter does not use: the error of
/// every workload grows by that share of H². The second is how far the shape is from the one asked for; what that costs depends on
/// the workload, is of second order near a filter that is optimal for it, and 2 stands for it.
///
/// From x rounded down, and from x rounded to nearest and then lowered where that costs least until it fits, a number is raised by one,
/// or one raised and another lowered, whichever gains most, as long as something gains and Σ m² ≤ H², an integer comparison, still
/// holds; the better of both ends counts. At the end no number m < 2x − ½ has room to be raised: H² − Σ m² < 2m + 1.
struct TapRounding {
  /// m, in the order of x.
  private(set) var taps: [Int]
  /// H² − Σ m²; never negative.
  private(set) var room: Int
  private let targets: [Double]

  /// - Parameters:
  ///   - targets: x, numbers from 0 to `norm` (but for rounding errors).
  ///   - norm: H, at most `CausalFilter.largestTap`.
  init(of targets: [Double], norm: Int) {
    // What is not a number in range counts as its nearest end.
    let held = targets.map { max(0, min(Double(norm), $0)) }
    let down = TapRounding(of: held, from: held.map { Int($0) }, norm: norm)
    let near = TapRounding(of: held, from: held.map { Int($0.rounded()) }, norm: norm)
    self = near.loss < down.loss ? near : down
    // All are too small to be worth one: the largest gets it.
    if let largest = held.indices.max(by: { held[$0] < held[$1] }), !taps.contains(where: { $0 > 0 }) {
      raise(largest)
    }
  }

  /// From `start` to where no move gains.
  private init(of targets: [Double], from start: [Int], norm: Int) {
    (self.targets, taps) = (targets, start)
    room = norm * norm - start.reduce(0) { $0 + $1 * $1 }
    while room < 0, let cheapest = cheapestToLower { lower(cheapest) }
    while let move = bestMove() { make(move) }
  }

  /// (H² − Σ m²) + 2 ‖m − x‖², less what is the same for all m.
  private var loss: Double {
    zip(taps, targets).reduce(0) { $0 + Double($1.0) * (Double($1.0) - 4 * $1.1) }
  }

  /// The number above 0 whose lowering adds the least to the loss.
  private var cheapestToLower: Int? {
    func cost(_ index: Int) -> Double { 4 * targets[index] - Double(2 * taps[index] - 1) }
    return taps.indices.filter { taps[$0] > 0 }.min { cost($0) < cost($1) }
  }

  /// One number up, and perhaps one down.
  private struct Move {
    let up: Int
    let down: Int?
    let gain: Double
  }

  /// What is less than this is rounding error, and no gain.
  private static let leastGain = 1e-6

  /// The one that gains most of those with room; nil when none gains.
  private func bestMove() -> Move? {
    var best: Move?
    func consider(_ move: Move, room needed: Int) {
      if needed <= room, move.gain > best?.gain ?? Self.leastGain { best = move }
    }
    for up in taps.indices {
      let (needed, gain) = (2 * taps[up] + 1, 4 * targets[up] - Double(2 * taps[up] + 1))
      consider(Move(up: up, down: nil, gain: gain), room: needed)
      for down in taps.indices where down != up && taps[down] > 0 {
        let freed = 2 * taps[down] - 1
        consider(Move(up: up, down: down, gain: gain + Double(freed) - 4 * targets[down]), room: needed - freed)
      }
    }
    return best
  }

  private mutating func make(_ move: Move) {
    if let down = move.down { lower(down) }
    raise(move.up)
  }

  private mutating func raise(_ index: Int) {
    room -= 2 * taps[index] + 1
    taps[index] += 1
  }

  private mutating func lower(_ index: Int) {
    room += 2 * taps[index] - 1
    taps[index] -= 1
  }
}
