/// What a witness says to a checkpoint.
public enum WitnessVerdict: Hashable, Sendable {
  /// It continues the one remembered, and is now the one remembered; `size` is that of its tree.
  case accepted(size: UInt64)
  /// It may continue the one remembered, but the proof begins elsewhere: at `remembered` it must.
  case unproven(remembered: UInt64)
  /// It does not continue the one remembered.
  case refused(Reason)

  /// Why a checkpoint is refused.
  public enum Reason: String, Codable, Sendable, Hashable, CaseIterable {
    /// The key or the note is not of the C2SP form.
    case malformed
    /// The note is not signed by the key that it is shown with.
    case unsigned
    /// It is signed with another key than the one remembered: another log is in the place of the first.
    case otherKey = "other_key"
    /// The log is shorter than it was.
    case rolledBack = "rolled_back"
    /// It was told where its proof must begin, several times, and did not show it.
    case unproven
    /// Other entries are in the place of those remembered.
    case forked

    /// What it means, for a person.
    public var explanation: String {
      switch self {
      case .malformed: "its key or checkpoint is malformed"
      case .unsigned: "its checkpoint is not signed by its key"
      case .otherKey: "it is signed with another key: another ledger is in the place of the one remembered"
      case .rolledBack: "it is shorter than it was: an old copy was put back"
      case .unproven: "it does not prove that it continues what is remembered"
      case .forked: "other entries are in the place of those remembered: its history was rewritten"
      }
    }
  }
}
