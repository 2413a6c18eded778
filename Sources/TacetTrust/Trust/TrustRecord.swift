/// What is known of one peer in one capability.
public struct TrustRecord: Sendable, Hashable, Codable {
  /// The evidence, summed up.
  public private(set) var reputation = Reputation()
  /// Where it stands.
  public private(set) var standing = Standing.newcomer
  /// Observations since the standing changed.
  public private(set) var observations = 0
  /// How often in a row the peer went back from probation to quarantine.
  public private(set) var falls = 0
  /// What was seen last, oldest first; see ``mostEvidence``.
  public private(set) var evidence: [Evidence] = []

  /// So many different things in a row are kept of a peer, the oldest are forgotten.
  public static let mostEvidence = 16
  /// No book has counted further.
  static let mostCounted = 1 << 53
  /// The stay in quarantine doubles up to 2 to this.
  private static let mostDoublings = 5

  /// A newcomer.
  public init() {}

  /// The score under these parameters.
  public func score(_ parameters: TrustParameters) -> Double { reputation.score(prior: parameters.prior) }

  /// The weight that score and standing give, before any cap, in [0, 1).
  public func weight(_ parameters: TrustParameters) -> Double {
    switch standing {
    case .trusted: score(parameters)
    case .newcomer, .probation: parameters.lowWeight * score(parameters)
    case .quarantine: 0
    }
  }

  /// Whether it is in quarantine, and has lied: what became of a certificate or a ledger makes nobody a liar.
  func isKnownLiar(_ parameters: TrustParameters) -> Bool {
    standing == .quarantine && evidence.contains { $0.isOfContent && $0.agreement < parameters.threshold }
  }

  /// Takes in what was seen.
  ///
  /// Absence that would raise the score changes nothing, and is no observation: neither a newcomer nor one in quarantine gets on by
  /// saying nothing.
  mutating func observe(_ item: Evidence, _ parameters: TrustParameters) {
    if item.isAbsence, score(parameters) <= item.agreement { return remember(item) }
    switch item.strength {
    case .observation: reputation.observe(agreement: item.agreement, forgetting: parameters.forgetting)
    case .proof: reputation.settle(agreement: item.agreement, forgetting: parameters.forgetting)
    }
    if !item.isAbsence { observations += 1 }
    remember(item)
    if let next = successor(item, parameters) { move(to: next) }
  }

  private mutating func remember(_ item: Evidence) {
    if let last = evidence.indices.last, evidence[last].join(item) { return }
    evidence.append(item)
    evidence.removeFirst(max(0, evidence.count - Self.mostEvidence))
  }

  /// The standing that follows; nil while it stays.
  private func successor(_ item: Evidence, _ parameters: TrustParameters) -> Standing? {
    let score = score(parameters)
    let isGood = score >= parameters.prior
    switch standing {
    case .trusted: return score < parameters.threshold ? .quarantine : nil
    case .newcomer:
      if score < parameters.threshold { return .quarantine }
      return isGood && observations >= parameters.probation ? .trusted : nil
    case .probation:
      if score < parameters.threshold || item.agreement < parameters.threshold { return .quarantine }
      return isGood && observations >= parameters.probation ? .trusted : nil
    case .quarantine:
      let least = parameters.quarantine << min(falls, Self.mostDoublings)
      return isGood && observations >= least ? .probation : nil
    }
  }

  private mutating func move(to next: Standing) {
    switch (standing, next) {
    case (.probation, .quarantine): falls += 1
    case (_, .trusted): falls = 0
    default: break
    }
    standing = next
    observations = 0
  }

  /// Whether the numbers are such as this type makes: a file may hold anything.
  var isSound: Bool {
    reputation.isSound && (0...Self.mostCounted).contains(observations) && (0...Self.mostCounted).contains(falls)
      && evidence.count <= Self.mostEvidence
      && evidence.allSatisfy(\.isSound)
  }
}
