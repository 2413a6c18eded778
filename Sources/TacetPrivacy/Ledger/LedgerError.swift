/// Why the ledger could not answer. After any of these nothing was granted.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no ledger at this path.
  case missing(path: String)
  /// There is no signing key at this path.
  case missingKey(path: String)
  /// The ledger is there and cannot be what we wrote.
  case corrupt(path: String, reason: String)
  /// The ledger was written by a version of the format that this program does not know.
  case unsupported(path: String, reason: String)
  /// Others than the owner may read this file or folder.
  case exposed(path: String)
  /// A device name, release ID, dimension or reason that the ledger does not take.
  case invalidValue(field: String, reason: String)
  /// Reading or writing failed: a full disk, a read-only or locked file.
  case inputOutput(path: String, reason: String)
  /// An export cannot be written to this path.
  case unwritableExport(path: String, reason: String)
  /// The server that keeps the ledger does not answer, or the connection was lost. What was asked for may have been
  /// charged; nothing was granted, and asking again for the same release ID says which.
  case unavailable(path: String, reason: String)
  /// The ledger is signed with another key than the one in the state folder.
  case foreignKey(path: String, key: String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .missing(let path):
      "there is no ledger at \(path); set a budget to create one"
    case .missingKey(let path):
      "there is no signing key at \(path); put back a copy, or that of a gateway that shares the ledger; to begin a new ledger, move the folder away and set a budget"
    case .corrupt(let path, let reason):
      "the ledger at \(path) is corrupt: \(reason); keep the file for the auditor and restore a copy that a witness's checkpoint continues"
    case .unsupported(let path, let reason):
      "the ledger at \(path) is not supported: \(reason); use the version that wrote it"
    case .exposed(let path):
      "others than its owner may read \(path); remove their permissions (chmod go-rwx) and replace the key if in doubt"
    case .invalidValue(let field, let reason):
      "invalid \(field): \(reason)"
    case .inputOutput(let path, let reason):
      "the ledger at \(path) could not be read or written: \(reason); nothing was granted"
    case .unwritableExport(let path, let reason):
      "the export cannot be written to \(path): \(reason); name a file that does not exist, in a folder that can be written and has room"
    case .unavailable(let path, let reason):
      "the ledger at \(path) cannot be reached: \(reason); nothing was granted; ask again when the server takes the connection"
    case .foreignKey(let path, let key):
      "the ledger at \(path) is signed with another key than \(key); gateways of one ledger share a key: copy that of the gateway that created it"
    }
  }
}
