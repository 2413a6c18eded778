public import Foundation

/// One question to several peers, and what came back.
public struct TrustRound: Sendable {
  /// What they were asked for.
  public let capability: Capability
  /// All who take part in this, asked or not.
  public let members: Set<String>
  /// Those who were asked.
  public let asked: Set<String>
  /// What was asked at.
  public let time: Date

  /// - Parameters:
  ///   - asked: nil for all members.
  public init(
    _ capability: Capability, members: Set<String>, asked: Set<String>? = nil, at time: Date
  ) {
    self.capability = capability
    self.members = members
    self.asked = asked.map(members.intersection) ?? members
    self.time = time
  }
}

/// The outcome of a ``TrustRound``.
public struct TrustVerdict<Value: Sendable>: Sendable {
  /// The robust result; nil when those who answered cannot outvote the liars there may be. Nobody is judged then.
  public let result: Value?
  /// The peers whose answers are in it.
  public let accepted: Set<String>

  static var none: Self { Self(result: nil, accepted: []) }
}
