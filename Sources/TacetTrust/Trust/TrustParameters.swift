/// What a ``TrustBook`` goes by; all of it from policy.
public struct TrustParameters: Sendable, Hashable, Codable {
  /// How many liars among those asked must do no harm.
  public var trim: Int
  /// The score below which a peer goes into quarantine, in (0, ½).
  public var threshold: Double
  /// See ``Reputation``.
  public var forgetting: Double
  /// The relative distance from the robust result up to which an answer without noise agrees, above 0.
  public var tolerance: Double
  /// A newcomer's score, above the threshold.
  public var prior = 0.5
  /// Observations for which a newcomer, or a peer back from quarantine, has low weight.
  public var probation = 20
  /// The least observations in quarantine.
  public var quarantine = 20
  /// What low weight is: this share of the weight that the score would give.
  public var lowWeight = 0.25
  /// How often, at most, noise alone makes an honest noised vector look like a lie, for each that is judged.
  public var falseAlarm = 1e-9
  /// Peers of one issuer that were first seen within so many seconds are one batch,
  public var batchSeconds = 86_400.0
  /// and hold this share of all weight together, at most.
  public var batchCap = 0.2

  /// Whether the numbers are such as a policy may set: a file may hold anything.
  var isSound: Bool {
    trim >= 0 && (0..<0.5).contains(threshold) && (0...1).contains(forgetting) && tolerance > 0
      && (0...1).contains(prior) && probation >= 0 && quarantine >= 0 && quarantine < 1 << 32
      && (0...1).contains(lowWeight)
      && (0...1).contains(falseAlarm) && batchSeconds > 0 && batchCap > 0 && batchCap < 1
  }

  /// - Parameters:
  ///   - trim: at least 0.
  ///   - threshold: in (0, ½).
  ///   - forgetting: see ``Reputation``.
  ///   - tolerance: above 0.
  public init(trim: Int, threshold: Double, forgetting: Double, tolerance: Double) {
    self.trim = max(0, trim)
    self.threshold = threshold
    self.forgetting = forgetting
    self.tolerance = tolerance
  }
}
