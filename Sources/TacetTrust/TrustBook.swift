/// What one node thinks of its peers: aggregates their answers, and learns from each whom to believe.
///
/// A peer's answer is compared with the robust result. Within `tolerance` (relative to the result's size) it agrees;
/// beyond that, agreement falls as the inverse square of the distance. Below `threshold` a peer is in quarantine: its
/// answers are still judged, so that it can return, but decide nothing.
public struct TrustBook: Sendable {
  /// The outcome of one round.
  public struct Verdict: Sendable, Hashable {
    /// The robust result, or nil when no trusted peer has given a usable answer.
    public let aggregate: [Float]?
    /// The peers whose answers are in it.
    public let accepted: Set<String>
  }

  /// How much a peer that gave no answer in time agrees: mostly, since networks are late more often than peers are
  /// false, and less than fully, since being late deprives the rest.
  public static let agreementOfLate = 0.8

  private let rule: TrimmedMean
  private let threshold: Double
  private let tolerance: Double
  private var reputations: [String: Reputation]

  /// - Parameters:
  ///   - peers: the names of all peers; answers of others are ignored.
  ///   - rule: how answers are aggregated.
  ///   - threshold: the score below which a peer is in quarantine, in (0, ½): a newcomer (½) is heard.
  ///   - forgetting: see ``Reputation``.
  ///   - tolerance: the relative distance up to which an answer agrees, above 0.
  public init(
    peers: some Sequence<String>, rule: TrimmedMean, threshold: Double, forgetting: Double, tolerance: Double
  ) {
    self.rule = rule
    self.threshold = threshold
    self.tolerance = tolerance
    reputations = Dictionary(peers.map { ($0, Reputation(forgetting: forgetting)) }) { first, _ in first }
  }

  /// Every peer's score.
  public var scores: [String: Double] { reputations.mapValues(\.score) }

  /// The peers in quarantine.
  public var quarantined: Set<String> { Set(reputations.filter { $0.value.score < threshold }.keys) }

  /// Aggregates one round's answers (by peer; late ones are missing) and learns from them.
  ///
  /// An answer with a number that is not finite, or of another length than most, counts as a lie. When fewer peers have
  /// answered than outvote the liars there may be (2·trim + 1, one liar less for each peer in quarantine), there is no
  /// aggregate and nobody is judged: a liar among few would decide.
  public mutating func judge(answers: [String: [Float]]) -> Verdict {
    let known = answers.filter { reputations[$0.key] != nil }
    let usable = Self.usable(known)
    let quarantined = quarantined
    let heard = usable.filter { !quarantined.contains($0.key) }
    // Liars there may still be among those heard: each one in quarantine, or exposed by a misshapen answer, is one less.
    let exposed = known.keys.filter { usable[$0] == nil && !quarantined.contains($0) }.count
    let trim = max(0, rule.trim - quarantined.count - exposed)
    guard heard.count >= 2 * trim + 1,
      let aggregate = try? TrimmedMean(trim: trim).aggregate(heard.sorted { $0.key < $1.key }.map(\.value))
    else { return Verdict(aggregate: nil, accepted: []) }
    for peer in reputations.keys {
      let agreement =
        if let answer = usable[peer] {
          agreement(of: answer, with: aggregate)
        } else {
          known[peer] == nil ? Self.agreementOfLate : 0
        }
      reputations[peer]?.observe(agreement: agreement)
    }
    return Verdict(aggregate: aggregate, accepted: Set(heard.keys))
  }

  /// The answers that are finite and as long as most of them.
  private static func usable(_ answers: [String: [Float]]) -> [String: [Float]] {
    let finite = answers.filter { $0.value.allSatisfy(\.isFinite) && !$0.value.isEmpty }
    let lengths = Dictionary(grouping: finite.values, by: \.count)
    let usual = lengths.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.key
    return finite.filter { $0.value.count == usual }
  }

  private func agreement(of answer: [Float], with aggregate: [Float]) -> Double {
    let distance = Self.rootMeanSquare(zip(answer, aggregate).map { Double($0) - Double($1) })
    let scale = max(Self.rootMeanSquare(aggregate.map(Double.init)), Self.leastScale)
    let relative = distance / (tolerance * scale)
    return relative <= 1 ? 1 : 1 / (relative * relative)
  }

  /// Below this size a result counts as this large: differences between numbers near zero are not lies.
  private static let leastScale = 0.05

  private static func rootMeanSquare(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
  }
}
