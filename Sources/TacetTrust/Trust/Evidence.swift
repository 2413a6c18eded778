public import Foundation

/// One thing that this node has itself seen of a peer, or the same thing several times in a row.
///
/// There is no evidence from hearsay: nothing that a peer says of itself or of another is any.
public struct Evidence: Sendable, Hashable, Codable {
  /// What was looked at.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// How far a vector is from the robust result, or from those of the others.
    case distance
    /// Whether it answers from what others answer from too, so that it can be compared with them.
    case inputs
    /// Whether the class it named is the one that the vote chose.
    case vote
    /// Whether what it sent can be read at all: the right length, finite numbers.
    case form
    /// Whether it was there in time.
    case deadline
    /// Whether the checkpoint that it shows, or keeps, continues the one before.
    case checkpoint
    /// What became of its certificate.
    case certificate
  }

  /// How much it counts.
  public enum Strength: String, Sendable, Hashable, Codable {
    /// As one observation.
    case observation
    /// As a proof: all that was seen before is outweighed.
    case proof
  }

  /// What was looked at.
  public let kind: Kind
  /// How much it counts.
  public let strength: Strength
  /// 1 speaks for the peer, 0 against it; always in [0, 1], NaN counts as 0.
  public let agreement: Double
  /// One line: what was seen.
  public let reason: String
  /// When it was first seen,
  public private(set) var first: Date
  /// and when last,
  public private(set) var last: Date
  /// so many times in a row.
  public private(set) var count = 1

  /// - Parameters:
  ///   - agreement: held to [0, 1].
  ///   - reason: one line, cut at 200 characters.
  public init(
    _ kind: Kind, agreement: Double, strength: Strength = .observation, reason: String, at time: Date
  ) {
    self.kind = kind
    self.strength = strength
    self.agreement = agreement.isNaN ? 0 : min(max(agreement, 0), 1)
    self.reason = String(reason.prefix(Self.longestReason))
    first = time
    last = time
  }

  private static let longestReason = 200

  /// Counts one that says the same.
  /// - Returns: whether it does.
  mutating func join(_ other: Evidence) -> Bool {
    guard kind == other.kind, strength == other.strength, agreement == other.agreement, reason == other.reason else {
      return false
    }
    count += other.count
    last = max(last, other.last)
    return true
  }

  /// Whether it is of the peer not being there, or of nothing that it could be judged by. That can speak against a peer, and never for it: silence earns no trust.
  var isAbsence: Bool {
    switch kind {
    case .deadline, .inputs: true
    case .certificate: strength == .observation
    case .distance, .vote, .form, .checkpoint: false
    }
  }

  /// Whether it is of what the peer said.
  var isOfContent: Bool {
    switch kind {
    case .distance, .vote, .form: true
    case .deadline, .inputs, .checkpoint, .certificate: false
    }
  }

  /// Whether the numbers are such as this type makes: a file may hold anything.
  var isSound: Bool {
    (0...1).contains(agreement) && (1...TrustRecord.mostCounted).contains(count) && reason.count <= Self.longestReason
  }
}

// MARK: What others can do to a peer

extension Evidence {
  /// How much each of these agrees. Whoever can cut or delay a connection can make them happen to an honest peer: a peer of
  /// which nothing else is seen loses weight by them, but its score stays above every threshold that a policy may set (0.49).
  ///
  /// Networks are late more often than peers are false; and being late deprives the rest.
  public static let agreementOfLate = 0.8
  /// Nobody with the right certificate is at its address.
  public static let agreementOfAbsent = 0.5

  /// It has not answered in time.
  public static func late(at time: Date) -> Evidence {
    Evidence(.deadline, agreement: agreementOfLate, reason: "no answer in time", at: time)
  }

  /// It says something else than others, and too few of them answer from the same as it: it may be true.
  static func incomparable(at time: Date) -> Evidence {
    Evidence(
      .inputs, agreement: agreementOfLate, reason: "another answer, from other releases than most have heard", at: time)
  }

  /// What it sent is of another length than was asked for, or holds a number that is not finite.
  public static func malformed(at time: Date) -> Evidence {
    Evidence(.form, agreement: 0, reason: "of another length, or not finite", at: time)
  }

  /// Its connection was not accepted: expired, or somebody else is there.
  /// - Parameter reason: in the words of the chain verification.
  public static func absent(reason: String, at time: Date) -> Evidence {
    Evidence(.certificate, agreement: agreementOfAbsent, reason: reason, at: time)
  }

  /// The certificate that it was known by has been revoked.
  public static func revoked(serial: String, at time: Date) -> Evidence {
    Evidence(
      .certificate, agreement: 0, strength: .proof, reason: "its certificate \(serial) was revoked", at: time)
  }

  /// The checkpoint that it shows, or keeps, continues the one before.
  public static func checkpointKept(at time: Date) -> Evidence {
    Evidence(.checkpoint, agreement: 1, reason: "its checkpoint continues the one before", at: time)
  }

  /// The checkpoint does not.
  /// - Parameter reason: in the words of the check.
  public static func checkpointContradicted(reason: String, at time: Date) -> Evidence {
    Evidence(.checkpoint, agreement: 0, strength: .proof, reason: reason, at: time)
  }
}
