/// A result that the answers still outstanding can hardly change.
public struct EarlyResult: Sendable, Hashable {
  /// The robust result of those who have answered.
  public let result: [Float]
  /// Whose answers are in it.
  public let accepted: Set<String>
  /// How far the result can still move, whatever the others answer, or do not: the root mean square over the coordinates of the
  /// most that each can change.
  public let largestChange: Double
}

extension TrustBook {
  /// So many answers of weight may be outstanding: each is there, misshapen or missing in the end, and every case is looked at.
  private static let mostOutstanding = 3

  /// The result before all have answered, where the rest cannot change it by more than ``TrustParameters/tolerance``, relative to its
  /// size; nil where they could, or could leave it without a result.
  ///
  /// For each way in which the outstanding answers may end (there, misshapen, missing) those who are then heard and what is trimmed are
  /// known; the trimmed mean is monotone in every value, so that its extremes are those with all outstanding values at one end. It is
  /// bounded only while what is outstanding weighs no more than what is trimmed. Nobody is judged by it.
  public func early(_ vectors: [String: [Float]], dimension: Int, in round: TrustRound) -> EarlyResult? {
    let answers = vectors.filter { round.asked.contains($0.key) && pages[$0.key] != nil }
    let usable = answers.filter { $0.value.count == dimension && !$0.value.isEmpty && $0.value.allSatisfy(\.isFinite) }
    let misshapen = Set(answers.keys).subtracting(usable.keys)
    let quarantined = quarantined(for: round.capability)
    // Where all are, all are heard: then everyone is waited for.
    guard !round.members.intersection(peers).isSubset(of: quarantined) else { return nil }
    let outstanding = round.asked.intersection(peers).subtracting(answers.keys).subtracting(quarantined).sorted()
    guard outstanding.count <= Self.mostOutstanding,
      let panel = panel(of: usable.keys, exposed: misshapen, in: round), let result = aggregate(usable, by: panel)
    else { return nil }
    var change = 0.0
    for ending in Self.endings(outstanding[...]) {
      guard let reach = reach(of: result, usable, misshapen, ending, in: round) else { return nil }
      change = max(change, reach)
    }
    guard change <= parameters.tolerance * Self.size(of: result) else { return nil }
    return EarlyResult(result: result, accepted: Set(panel.weights.keys), largestChange: change)
  }

  /// Which of the outstanding answers come, and which of them misshapen.
  private struct Ending {
    var heard: Set<String> = []
    var misshapen: Set<String> = []
  }

  private static func endings(_ outstanding: ArraySlice<String>) -> [Ending] {
    guard let peer = outstanding.first else { return [Ending()] }
    return endings(outstanding.dropFirst()).flatMap { rest in
      var (heard, misshapen) = (rest, rest)
      heard.heard.insert(peer)
      misshapen.misshapen.insert(peer)
      return [rest, heard, misshapen]
    }
  }

  /// How far the result is from the farthest that it can become in one ending; nil where that has no bound.
  private func reach(
    of result: [Float], _ usable: [String: [Float]], _ misshapen: Set<String>, _ ending: Ending, in round: TrustRound
  ) -> Double? {
    let heard = Set(usable.keys).union(ending.heard)
    guard let panel = panel(of: heard, exposed: misshapen.union(ending.misshapen), in: round) else { return nil }
    let missing = ending.heard.reduce(0) { $0 + (panel.weights[$1] ?? 0) }
    let mean = WeightedTrimmedMean(trimmed: panel.trimmed)
    guard let (least, greatest) = mean.bounds(Self.ballots(usable, by: panel), missing: missing) else { return nil }
    return Self.rootMeanSquare(
      result.indices.lazy.map { max(Double(greatest[$0]) - Double(result[$0]), Double(result[$0]) - Double(least[$0])) }
    )
  }
}
