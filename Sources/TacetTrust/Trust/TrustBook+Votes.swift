import Foundation

extension TrustBook {
  /// Counts votes (by peer; late ones are missing) for a class each, by weight.
  ///
  /// There is no winner where those who have voted cannot outvote the liars there may be, or where the most that a class has is no more
  /// than liars may weigh: with more, somebody honest has chosen it. Voters are judged where all agree but for what liars may weigh; where
  /// more do not, the question was close, and a liar could otherwise have the fewer of the honest taken for liars. One who voted for another
  /// class is a liar only where more than liars may weigh had the same inputs, and voted for the winner.
  /// - Parameter inputs: as with vectors.
  public mutating func judge<Class>(
    votes: [String: Class], madeFrom inputs: [String: [UInt8]] = [:], in round: TrustRound
  ) -> TrustVerdict<Class> where Class: Comparable & Hashable & Sendable {
    let votes = votes.filter { round.asked.contains($0.key) && pages[$0.key] != nil }
    var evidence: [String: Evidence] = [:]
    defer { learn(evidence, of: votes.keys, misshapen: [], in: round) }
    guard let panel = panel(of: votes.keys, exposed: [], in: round) else { return .none }
    var count = WeightedVote<Class>()
    for (peer, weight) in panel.weights.sorted(by: { $0.key < $1.key }) {
      if let vote = votes[peer] { count.add(vote, weight: weight) }
    }
    guard let winner = count.winner, count.weights[winner, default: 0] > panel.trimmed else { return .none }
    if count.weights[winner, default: 0] >= (panel.total - panel.trimmed) * (1 - 1e-9) {
      evidence = agreement(of: votes, with: winner, madeFrom: inputs, in: panel, at: round.time)
    }
    return TrustVerdict(result: winner, accepted: Set(panel.weights.keys))
  }

  private func agreement<Class: Hashable>(
    of votes: [String: Class], with winner: Class, madeFrom inputs: [String: [UInt8]], in panel: Panel, at time: Date
  ) -> [String: Evidence] {
    var backing: [[UInt8]: Double] = [:]
    for (peer, weight) in panel.weights where votes[peer] == winner {
      backing[inputs[peer, default: []], default: 0] += weight
    }
    return votes.reduce(into: [:]) { evidence, item in
      let isComparable = backing[inputs[item.key, default: []], default: 0] > panel.trimmed * (1 + 1e-9)
      evidence[item.key] =
        if item.value == winner {
          Evidence(.vote, agreement: 1, reason: "voted with the rest", at: time)
        } else if isComparable {
          Evidence(.vote, agreement: 0, reason: "voted for another", at: time)
        } else {
          .incomparable(at: time)
        }
    }
  }
}
