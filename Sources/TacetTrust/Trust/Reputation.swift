/// A Beta reputation with forgetting: how far a peer has earned trust, from what was seen of it.
///
/// Evidence for and against is counted, and fades by the factor `forgetting` at each new observation, so that the past
/// counts 1 / (1 − forgetting) observations at most. The score is the expected value of the Beta distribution
/// (Jøsang & Ismail 2002, "The Beta Reputation System"), with the prior as its base rate:
/// (2·prior + support) / (2 + support + doubt).
public struct Reputation: Sendable, Hashable, Codable {
  /// Evidence for the peer, on top of the prior's.
  public private(set) var support = 0.0
  /// Evidence against it, on top of the prior's.
  public private(set) var doubt = 0.0

  /// How many observations the prior counts for.
  private static let priorWeight = 2.0

  /// A newcomer: nothing seen yet.
  public init() {}

  /// The expected value of the peer's honesty, in (0, 1); a newcomer's is the prior.
  public func score(prior: Double) -> Double {
    (Self.priorWeight * prior + support) / (Self.priorWeight + support + doubt)
  }

  /// Takes in one observation.
  /// - Parameters:
  ///   - agreement: 1 for full agreement and 0 for none; anything else, NaN too, is held to that interval, NaN as 0.
  ///   - forgetting: what stays of the past; held to [0.001, 0.999].
  public mutating func observe(agreement: Double, forgetting: Double) {
    let agreement = agreement.isNaN ? 0 : min(max(agreement, 0), 1)
    let forgetting = Self.held(forgetting)
    support = forgetting * support + agreement
    doubt = forgetting * doubt + (1 - agreement)
  }

  /// Takes in a proof: nothing of what was seen before counts any more, and as much as can ever count speaks for or
  /// against the peer.
  /// - Parameter agreement: above ½ for the peer.
  public mutating func settle(agreement: Double, forgetting: Double) {
    let most = 1 / (1 - Self.held(forgetting))
    (support, doubt) = agreement > 0.5 ? (most, 0) : (0, most)
  }

  private static func held(_ forgetting: Double) -> Double {
    forgetting.isNaN ? 0.5 : min(max(forgetting, 0.001), 0.999)
  }

  /// Whether the numbers are such as this type makes: a file may hold anything.
  var isSound: Bool {
    support.isFinite && doubt.isFinite && support >= 0 && doubt >= 0 && support + doubt <= 1001
  }
}
