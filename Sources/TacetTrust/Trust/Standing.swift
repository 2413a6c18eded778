/// Where a peer stands in one capability.
///
/// newcomer → trusted, after `probation` observations with the prior's score or more;
/// newcomer, trusted, probation → quarantine, as soon as the score is below the threshold; from probation one observation that speaks
/// against the peer is enough;
/// quarantine → probation, after `quarantine` observations at least, twice as many after each fall from probation, and with the
/// prior's score or more;
/// probation → trusted, like a newcomer. One observation is one step in which the peer was asked and judged by what it
/// said.
public enum Standing: String, Sendable, Hashable, Codable, CaseIterable {
  /// Not seen long enough. Heard with low weight.
  case newcomer
  /// Heard with the weight of its score.
  case trusted
  /// Judged, not heard.
  case quarantine
  /// Was in quarantine. Heard with low weight.
  case probation
}
