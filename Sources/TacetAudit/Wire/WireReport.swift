/// What an observer of the network sees of connections, and whether it tells them anything.
package struct WireReport: Sendable, Encodable {
  package enum Verdict: String, Sendable, Encodable {
    case holds
    case leaks
    /// No leak was found, but one of the size that matters could have been missed.
    case tooFew = "too few exchanges"
    /// The capture, or the labels, lack what a verdict needs.
    case incomplete
  }

  package var verdict = Verdict.incomplete
  package var holds: Bool { verdict == .holds }
  /// Why, one sentence each; empty where it holds.
  package var reasons: [String] = []
  /// The probability, at most, that a wire which leaks nothing is judged to leak; 0 where chance had no part.
  package var falseAlarmRate = 0.0
  /// Whether the hidden classes were there to look for; without them sizes and deadlines alone are judged.
  package var isLabelled = false
  /// Whether a policy said when replies may leave.
  package var judgesDeadlines = false
  package var packets = 0
  package var exchanges = 0
  package var flows: [Flow] = []
  /// Classes that were too rare to be compared, and how often each was seen.
  package var rareClasses: [String: Int] = [:]
  /// Classes that the auditor set aside, and how often each was seen.
  package var setAside: [String: Int] = [:]
  /// Classes that were seen only where no other was, and how often each.
  package var loneClasses: [String: Int] = [:]
  /// One for each set of classes that connections had in common.
  package var leaks: [LeakReport] = []

  /// A connection.
  package struct Flow: Sendable, Encodable {
    package let client: String
    package let server: String
    /// What the client offered to speak; nil where its hello was not seen.
    package let applicationProtocols: [String]?
    package let exchanges: Int
    package let requestPreamble: [Int]
    package let replyPreamble: [Int]
    package let requestSizes: [LeakReport.Signature]
    package let replySizes: [LeakReport.Signature]
    /// Times between the departures of messages in each direction, in milliseconds.
    package let requestIntervals: Spread?
    package let replyIntervals: Spread?
    /// From request to reply, in milliseconds.
    package let latency: Spread?
    /// How far the client's messages left from its slots, in milliseconds, where the policy names them.
    package let slotDeviation: Spread?
    /// Replies that left before the policy's deadline.
    package let earlyReplies: Int
    /// What it lacks, or must not look like.
    package let problems: [String]
  }

  /// How values are spread.
  package struct Spread: Sendable, Encodable {
    package let mean: Double
    package let deviation: Double
    package let least: Double
    package let median: Double
    package let p99: Double
    package let most: Double

    /// nil for no values.
    init?(_ values: [Double]) {
      let sorted = values.sorted()
      guard let first = sorted.first, let last = sorted.last else { return nil }
      let count = Double(sorted.count)
      let mean = sorted.reduce(0, +) / count
      self.mean = mean
      deviation = (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
      (least, most) = (first, last)
      median = sorted[(sorted.count - 1) / 2]
      p99 = sorted[Int(0.99 * (count - 1))]
    }
  }

  private enum CodingKeys: CodingKey {
    case holds, verdict, reasons, falseAlarm, labelled, packets, exchanges, flows, rareClasses, setAside, loneClasses,
      leaks
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(holds, forKey: .holds)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(reasons, forKey: .reasons)
    try container.encode(falseAlarmRate, forKey: .falseAlarm)
    try container.encode(isLabelled, forKey: .labelled)
    try container.encode(packets, forKey: .packets)
    try container.encode(exchanges, forKey: .exchanges)
    try container.encode(flows, forKey: .flows)
    try container.encode(rareClasses, forKey: .rareClasses)
    try container.encode(setAside, forKey: .setAside)
    try container.encode(loneClasses, forKey: .loneClasses)
    try container.encode(leaks, forKey: .leaks)
  }
}
