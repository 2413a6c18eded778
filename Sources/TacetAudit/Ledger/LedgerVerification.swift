public import TacetLog
public import TacetPrivacy

/// What a verification of a ledger found.
public struct LedgerVerification: Sendable {
  /// The number of entries read.
  public let size: UInt64
  /// The root hash recomputed from the entries.
  public let root: MerkleHash
  /// The name of the log.
  public let origin: String
  /// What each device has spent, recomputed from the entries, sorted by name.
  public let devices: [DeviceSummary]
  /// How many stream windows do not name the filter, passages and bound that their sensitivity follows from: it could not be computed
  /// anew, and stands as whoever charged said it.
  public let statedWindows: UInt64
  /// Everything that is wrong, in the order of the log; at most `LedgerVerifier.maximumFindingCount`.
  public let findings: [LedgerFinding]

  /// Nothing is wrong.
  public var holds: Bool { findings.isEmpty }
}
