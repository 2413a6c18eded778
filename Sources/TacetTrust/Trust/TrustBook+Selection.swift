import Foundation

extension TrustBook {
  /// Chooses whom to ask, so that trust decides and can still be earned.
  ///
  /// In a share `exploration` of the rounds one place is for a peer that is not trusted, whichever, one in quarantine too: who is never
  /// asked is never judged. The other places are drawn by weight, without replacement. Where those who were drawn could not outvote the
  /// liars there may be, the heaviest are asked instead.
  /// - Parameters:
  ///   - count: how many; nil, or as many as there are, for all.
  ///   - members: all who could be asked; strangers are not.
  ///   - exploration: in [0, 1].
  public func choose(
    _ count: Int?, of members: Set<String>, for capability: Capability, exploration: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Set<String> {
    let known = members.intersection(peers)
    guard let count, count < known.count else { return known }
    let weights = weights(of: known, for: capability)
    var chosen: Set<String> = []
    if Double.random(in: 0..<1, using: &generator) < exploration {
      let standings = standings(for: capability)
      let others = known.filter { standings[$0] != .trusted }.sorted()
      if let explored = others.randomElement(using: &generator) { chosen.insert(explored) }
    }
    chosen.formUnion(Self.draw(count - chosen.count, by: weights, without: chosen, using: &generator))
    let round = TrustRound(capability, members: known, at: .distantPast)
    return panel(of: chosen, exposed: [], in: round) == nil ? Self.heaviest(count, by: weights) : chosen
  }

  /// Draws by weight without replacement: the highest of u^(1/weight), u even in (0, 1) (Efraimidis & Spirakis 2006). Those
  /// without weight come last.
  private static func draw(
    _ count: Int, by weights: [String: Double], without others: Set<String>,
    using generator: inout some RandomNumberGenerator
  ) -> [String] {
    var keys: [(peer: String, first: Double, second: Double)] = []
    for (peer, weight) in weights.sorted(by: { $0.key < $1.key }) where !others.contains(peer) {
      let draw = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator)
      keys.append((peer, weight > 0 ? log(draw) / weight : -.infinity, draw))
    }
    return keys.sorted { ($0.first, $0.second) > ($1.first, $1.second) }.prefix(count).map(\.peer)
  }

  private static func heaviest(_ count: Int, by weights: [String: Double]) -> Set<String> {
    Set(weights.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(count).map(\.key))
  }
}
