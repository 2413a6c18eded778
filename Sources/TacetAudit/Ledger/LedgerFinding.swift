/// One thing that is wrong with a ledger.
public struct LedgerFinding: Hashable, Sendable, CustomStringConvertible {
  /// What is wrong. The raw values are for machines and do not change.
  public enum Kind: String, Hashable, Sendable {
    /// An entry is not the canonical encoding of a known kind.
    case malformedEntry = "malformed_entry"
    /// Entries are missing before this one.
    case missingEntry = "missing_entry"
    /// The entry was written for another place in the log.
    case wrongIndex = "wrong_index"
    /// The entry is older than the one before it.
    case timeReversed = "time_reversed"
    /// A budget's limit is not what its ε and δ allow.
    case wrongLimit = "wrong_limit"
    /// A charge is not what its radius, or sensitivity, and scale cost.
    case wrongCost = "wrong_cost"
    /// A stream window's sensitivity is not what its filter, passages and bound make.
    case wrongSensitivity = "wrong_sensitivity"
    /// A charge without any budget in force.
    case noBudget = "no_budget"
    /// The sum of the window is above the budget in force.
    case overBudget = "over_budget"
    /// A charge while an administrator's order kept the device silent.
    case inFallback = "in_fallback"
    /// A restore without an order to lift.
    case noFallback = "no_fallback"
    /// The noise was drawn from the 64-bit table where the budget's δ called for the 128-bit one.
    case imprecise = "imprecise"
    /// The device had been charged for this release before.
    case duplicateRelease = "duplicate_release"
    /// The checkpoint is malformed, or not signed by the ledger's key.
    case checkpointSignature = "checkpoint_signature"
    /// The checkpoint is over another number of entries.
    case checkpointSize = "checkpoint_size"
    /// The checkpoint is over other entries.
    case checkpointRoot = "checkpoint_root"
    /// A checkpoint remembered from before is not a beginning of this log: it was rolled back or rewritten.
    case rolledBack = "rolled_back"
    /// The rows the ledger decides by do not follow from the entries.
    case wrongSum = "wrong_sum"
  }

  /// What is wrong.
  public let kind: Kind
  /// The entry it is about; nil when it is about the log as a whole.
  public let index: UInt64?
  /// One line for a person.
  public let message: String

  /// The finding with its place.
  public var description: String {
    index.map { "entry \($0): \(message)" } ?? message
  }
}
