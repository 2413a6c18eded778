/// How vectors are compared.
public enum VectorAgreement: Sendable, Hashable {
  /// Without noise: honest ones are the same function of the same inputs, and differ where some had others. A vector agrees within
  /// ``TrustParameters/tolerance`` of the robust result, relative to that one's size, or of what those say who have the same inputs;
  /// beyond, its agreement falls as the inverse square of the distance. Where those are too few to say, it loses a little weight.
  case tolerance
  /// With noise of a known scale: a vector agrees while it is as near to as much of the others' weight as honest noise can be; see
  /// ``NoiseBound``.
  case noise(NoiseBound)
}

extension TrustBook {
  /// Aggregates vectors (by peer; late ones are missing) by the weighted trimmed mean, and learns from each.
  ///
  /// A vector of another length than `dimension` (an empty one, where what came could not be read), or with a number that is not
  /// finite, is a lie. When those who have answered cannot outvote the liars there may be (``TrustParameters/trim``, one less for each
  /// liar that is known or so exposed, and of no crowd), there is no result and nobody is judged by what it said: a liar among few would decide.
  ///
  /// Whatever up to ``TrustParameters/trim`` peers send, each coordinate of the result is within the range of what the honest said, and
  /// none of these is called a lie.
  /// - Parameter inputs: what each says that its vector was made from, as a digest; who is not there says nothing, like all others who
  ///   say nothing. Honest vectors of the same inputs are the same. Noised ones have nothing in common: it is not looked at.
  public mutating func judge(
    _ vectors: [String: [Float]], madeFrom inputs: [String: [UInt8]] = [:], dimension: Int,
    by agreement: VectorAgreement = .tolerance, in round: TrustRound
  ) -> TrustVerdict<[Float]> {
    let answers = vectors.filter { round.asked.contains($0.key) && pages[$0.key] != nil }
    let usable = answers.filter { $0.value.count == dimension && !$0.value.isEmpty && $0.value.allSatisfy(\.isFinite) }
    let misshapen = Set(answers.keys).subtracting(usable.keys)
    var evidence: [String: Evidence] = [:]
    defer { learn(evidence, of: usable.keys, misshapen: misshapen, in: round) }
    guard let panel = panel(of: usable.keys, exposed: misshapen, in: round), let result = aggregate(usable, by: panel)
    else { return .none }
    evidence =
      switch agreement {
      case .tolerance: closeness(of: usable, to: result, madeFrom: inputs, in: panel, at: round.time)
      case .noise(let bound):
        usable.mapValues { consensus(of: $0, with: usable, in: panel, bound: bound, at: round.time) }
      }
    return TrustVerdict(result: result, accepted: Set(panel.weights.keys))
  }

  /// Who is heard of those that gave a usable answer; nil where they cannot outvote the liars there may be.
  ///
  /// Liars that are known are not heard, and others may have taken their place: they are counted among the liars that the policy allows for only
  /// as far as there would be no result otherwise.
  func panel(
    of usable: some Sequence<String>, exposed: Set<String>, in round: TrustRound
  ) -> Panel? {
    var weights = weights(of: round.members, for: round.capability)
    var known = knownLiars(for: round.capability).intersection(round.members).union(exposed)
    let quarantined = quarantined(for: round.capability)
    if !weights.values.contains(where: { $0 > 0 }) {
      // All are in quarantine, honest ones too: if nobody were heard, nobody could return.
      weights = capped(weights.filter { pages[$0.key] != nil }.mapValues { _ in parameters.lowWeight })
      known = exposed
    }
    let batches = batches(of: weights)
    // A crowd has a weight trimmed of its own: that some of it are known makes nobody else honest.
    let crowds = Set(EnrolmentBatch.crowds(in: batches).flatMap { $0 })
    let fewest = hidden(beside: known.subtracting(crowds))
    // What one in quarantine sends now changes nothing: it is not heard either way.
    let most = hidden(beside: exposed.subtracting(crowds).subtracting(quarantined))
    let heard = Set(usable)
    weights = weights.filter { heard.contains($0.key) }
    return (fewest...most).reversed().lazy.compactMap { Panel(weights, batches: batches, liars: $0) }.first
  }

  /// How many liars there may be beside those who are known.
  private func hidden(beside known: Set<String>) -> Int { max(0, parameters.trim - known.count) }

  func aggregate(_ vectors: [String: [Float]], by panel: Panel) -> [Float]? {
    try? WeightedTrimmedMean(trimmed: panel.trimmed).aggregate(Self.ballots(vectors, by: panel))
  }

  /// In the order of names, so that the same answers give the same result to the last bit.
  static func ballots(_ vectors: [String: [Float]], by panel: Panel) -> [WeightedTrimmedMean.Ballot] {
    panel.weights.sorted { $0.key < $1.key }.compactMap { peer, weight in
      vectors[peer].map { WeightedTrimmedMean.Ballot($0, weight: weight) }
    }
  }

  /// Every peer that was asked is judged: by what it said where there is evidence of that, as a liar where that is misshapen, as late where
  /// it said nothing. The latter two need no result.
  /// - Parameter answered: who said something that has a shape.
  mutating func learn(
    _ evidence: [String: Evidence], of answered: some Collection<String>, misshapen: Set<String>, in round: TrustRound
  ) {
    let answered = Set(answered)
    for peer in round.asked.sorted() {
      if let item = evidence[peer] {
        observe(item, of: peer, for: round.capability)
      } else if misshapen.contains(peer) {
        observe(.malformed(at: round.time), of: peer, for: round.capability)
      } else if !answered.contains(peer) {
        observe(.late(at: round.time), of: peer, for: round.capability)
      }
    }
  }
}
