/// What an audit found of a device's ledger: whether it continues what the auditor saw before, and what gateways keep of it.
package struct DeviceAudit: Codable, Sendable, Hashable {
  /// How a ledger compares with a checkpoint that somebody keeps.
  package enum Verdict: String, Codable, Sendable {
    /// It continues it.
    case consistent
    /// It does not.
    case inconsistent
    /// Nobody had kept one; from now on the auditor does.
    case first
    /// It could not be found out.
    case unreachable
  }

  /// A gateway's memory of the ledger.
  package struct Comparison: Codable, Sendable, Hashable {
    package let gateway: String
    package let verdict: Verdict
    /// The entries of the checkpoint that it keeps.
    package let size: UInt64?
    /// Why the ledger does not continue it, or could not be compared.
    package let reason: String?
  }

  package let device: String
  package let verdict: Verdict
  /// The entries of the newest checkpoint.
  package let size: UInt64?
  /// The newest checkpoint, a signed note.
  package let checkpoint: String?
  package let reason: String?
  package let witnesses: [Comparison]

  /// The worst of all comparisons.
  package var isInconsistent: Bool {
    verdict == .inconsistent || witnesses.contains { $0.verdict == .inconsistent }
  }

  /// Something could not be asked.
  package var isIncomplete: Bool {
    verdict == .unreachable || witnesses.contains { $0.verdict == .unreachable }
  }
}
