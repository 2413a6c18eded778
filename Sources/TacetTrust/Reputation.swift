/// A Beta reputation with forgetting: how far a peer has earned trust, from what was seen of it.
///
/// Evidence for and against is counted, and fades by the factor `forgetting` at each new observation, so that the past
/// counts 1 / (1 − forgetting) observations at most (Jøsang & Ismail 2002, "The Beta Reputation System").
public struct Reputation: Sendable, Hashable {
  /// Evidence for the peer, on top of the prior's one.
  public private(set) var support = 0.0
  /// Evidence against it, on top of the prior's one.
  public private(set) var doubt = 0.0
  private let forgetting: Double

  /// A newcomer: nothing seen yet.
  /// - Parameter forgetting: in (0, 1); held to that interval.
  public init(forgetting: Double) {
    self.forgetting = min(max(forgetting, 0.001), 0.999)
  }

  /// The expected value of the peer's honesty: (1 + support) / (2 + support + doubt), in (0, 1); a newcomer's is ½.
  public var score: Double { (1 + support) / (2 + support + doubt) }

  /// Takes in one observation. `agreement` is 1 for full agreement and 0 for none; anything else, NaN too, is held to
  /// that interval, NaN as 0.
  public mutating func observe(agreement: Double) {
    let agreement = agreement.isNaN ? 0 : min(max(agreement, 0), 1)
    support = forgetting * support + agreement
    doubt = forgetting * doubt + (1 - agreement)
  }
}
