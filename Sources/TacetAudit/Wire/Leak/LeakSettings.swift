/// How strictly a ``LeakAssessment`` judges.
package struct LeakSettings: Sendable, Hashable {
  /// The total probability wanted that a wire which leaks nothing is judged to leak. It is shared out over all tests. nil: the usual
  /// thresholds, which come to about 0.03: Kolmogorov–Smirnov p ≤ 0.01/m, |t| ≥ 4.5, and a level of 0.01 for the classifiers
  /// together and for mutual information together.
  package var alpha: Double?
  /// By how much a classifier may be better than chance: the upper confidence bound of its accuracy must not be above chance
  /// plus this (0.02: two points).
  package var advantage = 0.02
  /// Mutual information that does not count, in bits.
  package var information = 0.01
  /// Confidence of the intervals of accuracy.
  package var confidence = 0.95
  /// Fewer exchanges in any class are too few.
  package var minimumPerClass = 1000
  /// Whether more than one sequence of record sizes in a direction is a leak by itself, whoever it belongs to. The first exchange of
  /// a connection does not count.
  package var demandsOneSize = true
  /// Chooses sub-samples and their order; the same seed gives the same report.
  package var seed: UInt64 = 1

  package init() {}
}
