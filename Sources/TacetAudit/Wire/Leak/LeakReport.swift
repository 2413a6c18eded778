/// What an observer can tell about the hidden classes of exchanges, and how sure that is.
package struct LeakReport: Sendable, Hashable, Encodable {
  package enum Verdict: String, Sendable, Hashable, Encodable {
    /// No test found a leak, and the tests could have found one larger than the advantage.
    case holds
    case leaks
    /// No leak was found, but one of the size that matters could have been missed.
    case tooFew = "too few exchanges"

    /// Of parts that were judged by themselves; nothing is too little.
    package static func worst(of verdicts: [Verdict]) -> Verdict {
      if verdicts.contains(.leaks) { return .leaks }
      return verdicts.contains(.tooFew) || verdicts.isEmpty ? .tooFew : .holds
    }
  }

  package var verdict = Verdict.tooFew
  /// Why, one sentence each; empty where it holds.
  package var reasons: [String] = []
  /// An upper bound of the probability that a wire which leaks nothing is judged to leak: the union bound over all tests, where
  /// such a wire is one whose classes were sent in random order and have no influence on anything that is observed.
  package var falseAlarmRate = 0.0
  /// An upper bound of the probability that such a wire is not judged to hold, because the exchanges are too few or for a false alarm.
  package var falseFailureRate = 1.0
  /// How many tests were made.
  package var tests = 0
  package var classes: [ClassCount] = []
  /// Exchanges of each class that were compared.
  package var perClass = 0
  /// The accuracy of guessing.
  package var chance = 0.0
  package var classifiers: [Accuracy] = []
  package var information: [Information] = []
  /// For each feature the pair of classes that differ most.
  package var distributions: [Distribution] = []
  /// For each feature the pair of classes and the crop that differ most.
  package var means: [Means] = []
  package var thresholds = Thresholds()
  package var detectable = Detectable()
  /// The sequences of record sizes that were seen, without the first exchange of each connection.
  package var requestSizes: [Signature] = []
  package var replySizes: [Signature] = []

  package struct ClassCount: Sendable, Hashable, Encodable {
    package let name: String
    package let exchanges: Int
  }

  /// How often a classifier named the class of an exchange that it had not learnt from.
  package struct Accuracy: Sendable, Hashable, Encodable {
    package let classifier: String
    package let correct: Int
    package let tested: Int
    package let accuracy: Double
    /// The interval of Clopper and Pearson.
    package let low: Double
    package let high: Double
    /// P(so many correct or more) by guessing.
    package let pValue: Double
  }

  /// Mutual information of class and feature.
  package struct Information: Sendable, Hashable, Encodable {
    package let feature: String
    /// Corrected for bias (Miller and Madow); may be a little below 0.
    package let bits: Double
    /// By Pearson's χ² test of independence; for information, the verdict goes by bits.
    package let pValue: Double
    /// Above this it is a leak.
    package let limit: Double
    package let bins: Int
  }

  /// The two-sample Kolmogorov–Smirnov test.
  package struct Distribution: Sendable, Hashable, Encodable {
    package let feature: String
    package let first: String
    package let second: String
    /// The largest distance of the two distribution functions.
    package let distance: Double
    package let pValue: Double
  }

  /// Welch's t test of what is left of a feature below a percentile.
  package struct Means: Sendable, Hashable, Encodable {
    package let feature: String
    package let first: String
    package let second: String
    /// The share of values that was kept, the smallest.
    package let kept: Double
    /// Mean of the first minus mean of the second, in the feature's unit (seconds, bytes or a count).
    package let difference: Double
    package let t: Double
    package let pValue: Double
  }

  /// What a single test must reach to be a leak.
  package struct Thresholds: Sendable, Hashable, Encodable {
    /// Kolmogorov–Smirnov: p at most this.
    package var distributionPValue = 0.0
    /// |t| at least this.
    package var t = 0.0
    /// Accuracy at least this.
    package var accuracy = 0.0
    /// The upper confidence bound of an accuracy must not be above this, or the exchanges are too few.
    package var accuracyBound = 0.0
  }

  /// What the tests find with a probability of 0.95.
  package struct Detectable: Sendable, Hashable, Encodable {
    /// Accuracy above chance of the best classifier.
    package var advantage = 0.0
    /// A distance of two distribution functions.
    package var distance = 0.0
    /// A shift of the mean, in standard deviations.
    package var shift = 0.0
    /// The same for the latency, in seconds.
    package var latencyShift = 0.0
  }

  /// A sequence of record sizes and how often it was seen.
  package struct Signature: Sendable, Hashable, Encodable {
    package let sizes: [Int]
    package let exchanges: Int

    /// Of all of these, the most frequent first.
    static func all(_ messages: some Sequence<[Int]>) -> [Signature] {
      let counts = Dictionary(messages.map { ($0, 1) }, uniquingKeysWith: +)
      return counts.map { Signature(sizes: $0.key, exchanges: $0.value) }
        .sorted { ($1.exchanges, $0.sizes.description) < ($0.exchanges, $1.sizes.description) }
    }
  }
}
