/// What went wrong between us and a PostgreSQL server, before it is one of the ledger's errors.
enum PostgresFailure: Error {
  /// No connection, or no more: what was sent last may have been done or not.
  case lost(String)
  /// The server refused a statement, which had no effect.
  case refused(state: String, message: String)
  /// A column is missing or holds a value of another type.
  case malformed(column: String)

  /// Whether the same transaction may succeed when it is run again (PostgreSQL appendix A, class 40).
  var isTransient: Bool {
    if case .refused(let state, _) = self { ["40001", "40P01"].contains(state) } else { false }
  }

  /// In the ledger's words.
  func error(at path: String) -> LedgerError {
    switch self {
    case .lost(let reason): .unavailable(path: path, reason: reason)
    case .malformed(let column):
      .corrupt(path: path, reason: "column \(column) is missing or of another type")
    case .refused(let state, let message): Self.error(state: state, message: message, path: path)
    }
  }

  /// By SQLSTATE (PostgreSQL, appendix A).
  private static func error(state: String, message: String, path: String) -> LedgerError {
    switch state {
    case "57P01", "57P02", "57P03", "57P05", "25P03", "53300": return .unavailable(path: path, reason: message)
    case "53100": return .inputOutput(path: path, reason: "\(message): make room on the server's disk and try again")
    case "25006": return .inputOutput(path: path, reason: "\(message): connect to the primary server")
    case "42501": return .inputOutput(path: path, reason: "\(message): grant this user the tables tacet_*")
    case "55P03", "57014":
      return .inputOutput(path: path, reason: "\(message): another gateway holds it; try again when it is done")
    case "40001", "40P01": return .inputOutput(path: path, reason: "\(message): try again")
    default: break
    }
    switch state.prefix(2) {
    case "08", "28": return .unavailable(path: path, reason: message)
    case "22", "23", "42", "XX": return .corrupt(path: path, reason: message)
    default: return .inputOutput(path: path, reason: message)
    }
  }
}
