public import TacetLog

/// One thing that is wrong with an authority's log.
public struct AuthorityLogFinding: Hashable, Sendable, CustomStringConvertible {
  /// What is wrong. The raw values are for machines and do not change.
  public enum Kind: String, Hashable, Sendable {
    /// An entry is not the canonical encoding of a known kind.
    case malformedEntry = "malformed_entry"
    /// The entry was written for another place in the log.
    case wrongIndex = "wrong_index"
    /// Entries are not those that were signed.
    case wrongRoot = "wrong_root"
    /// A checkpoint is malformed, or not signed by the authority's key.
    case checkpointSignature = "checkpoint_signature"
    /// There is no checkpoint.
    case noCheckpoint = "no_checkpoint"
    /// A serial number is there twice.
    case repeatedSerial = "repeated_serial"
    /// A certificate was signed by a key that the log does not know of.
    case unknownIssuer = "unknown_issuer"
    /// A certificate was revoked, or renewed, or shown for a JWT-SVID, that had not been issued.
    case unknownSerial = "unknown_serial"
    /// A join token was redeemed twice.
    case repeatedToken = "repeated_token"
    /// A checkpoint kept from before is not a beginning of this log: it was cut, rolled back or rewritten.
    case rolledBack = "rolled_back"
  }

  /// What is wrong.
  public let kind: Kind
  /// The entry it is about; of a group that was signed as one, the first. Nil when it is about the log as a whole.
  public let index: UInt64?
  /// One line for a person.
  public let message: String

  /// The finding with its place.
  public var description: String { index.map { "entry \($0): \(message)" } ?? message }
}

/// What became of verifying an authority's log.
public struct AuthorityLogVerification: Sendable {
  /// How many entries there are.
  public let size: UInt64
  /// Their root.
  public let root: MerkleHash
  /// The name of the log.
  public let origin: String
  /// How many certificates of workloads were issued.
  public let certificates: UInt64
  /// How many of them were revoked.
  public let revocations: UInt64
  /// How many JWT-SVIDs were signed.
  public let tokens: UInt64
  /// Bytes behind the last checkpoint, of a write that was interrupted; nothing was let out for them.
  public let unsignedBytes: Int
  /// What is wrong, in the order of the log.
  public let findings: [AuthorityLogFinding]

  /// Whether nothing is.
  public var holds: Bool { findings.isEmpty }
}
