import TacetRefresh

/// What a site decided about a student that was published.
package struct StudentRecord: Codable, Sendable {
  package var step: Int
  /// As in `StudentShelf.Decision.Outcome`.
  package var outcome: String
  package var revision: UInt64
  /// The mean absolute error on the site's own samples with it, and without.
  package var errorWith: Double
  package var errorWithout: Double

  init(step: Int, _ decision: StudentShelf.Decision) {
    (self.step, outcome, revision) = (step, decision.outcome.rawValue, decision.revision)
    (errorWith, errorWithout) = (decision.with, decision.without)
  }
}

/// What came of a round of a refresh at the gateway that puts it together.
package struct RefreshRecord: Codable, Sendable {
  package var round: Int
  /// Who took part.
  package var devices: [String]
  /// Whose parts could not be what was asked for.
  package var liars: [String] = []
  /// Who was not believed, from earlier rounds or this one.
  package var quarantined: [String] = []
  /// The newest revision after the round.
  package var revision: UInt64
  /// The mean absolute error on the hold-out before and after; nil where the round came to nothing.
  package var errorBefore: Double?
  package var errorAfter: Double?
  /// Why it came to nothing.
  package var failure: String?

  init(round: Int, devices: [String], revision: UInt64) {
    (self.round, self.devices, self.revision) = (round, devices, revision)
  }
}
