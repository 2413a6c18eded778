import Foundation

/// Those who are heard in a round: what each counts, and how much weight is trimmed so that liars do no harm.
///
/// At most `liars` peers lie, whichever, or the peers of one batch of several, all of them: as much weight as the heavier of these has is trimmed
/// at either end, and must be less than half. Where a few weigh so much that no others could outvote them, their weights are lowered until they can:
/// a high score is no right to decide alone.
struct Panel {
  /// Above 0.
  let weights: [String: Double]
  /// What is left out at either end.
  let trimmed: Double

  var total: Double { weights.values.reduce(0, +) }

  /// So many ceilings are tried, from the highest weight to the lowest, in equal ratios.
  private static let ceilings = 16
  /// This share of the weight is kept at least.
  private static let leastKept = 1.0 / 64

  /// - Parameters:
  ///   - weights: as score, standing and caps have them; those without weight are not heard.
  ///   - batches: those of all members, heard or not: of a batch that has a liar in quarantine the rest may lie too.
  ///   - liars: how many peers must do no harm.
  /// - Returns: nil where those who are heard cannot outvote so many.
  init?(_ weights: [String: Double], batches: [String: EnrolmentBatch], liars: Int) {
    let heard = weights.filter { $0.value > 0 }
    guard let most = heard.values.max(), let least = heard.values.min() else { return nil }
    for step in 0...Self.ceilings {
      let ceiling = most * pow(least / most, Double(step) / Double(Self.ceilings))
      let held = heard.mapValues { min($0, ceiling) }
      let trimmed = Self.harmless(held, batches, liars)
      if 2 * trimmed <= (1 - Self.leastKept) * held.values.reduce(0, +) {
        self.weights = held
        self.trimmed = trimmed
        return
      }
    }
    return nil
  }

  /// The weight of the heaviest `liars` peers, or of the heaviest batch if that is more.
  private static func harmless(
    _ weights: [String: Double], _ batches: [String: EnrolmentBatch], _ liars: Int
  ) -> Double {
    let peers = weights.values.sorted(by: >).prefix(liars).reduce(0, +)
    let masses = EnrolmentBatch.crowds(in: batches).map { $0.reduce(0) { $0 + weights[$1, default: 0] } }
    return max(peers, masses.max() ?? 0)
  }
}
