import TacetPrivacy

extension LedgerError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .missing, .missingKey: .missingInput
    case .corrupt, .unsupported, .invalidValue: .badInput
    case .exposed, .foreignKey: .notPermitted
    case .inputOutput, .unwritableExport: .inputOutput
    case .unavailable: .unavailable
    }
  }
}

/// What a ledger command cannot do for a reason of its own.
struct LedgerFailure: ReportedError {
  let exitStatus: ExitStatus
  let description: String

  /// A flag with a value out of range.
  static func usage(_ description: String) -> LedgerFailure { .init(exitStatus: .usage, description: description) }

  /// A file that does not exist.
  static func missing(_ description: String) -> LedgerFailure {
    .init(exitStatus: .missingInput, description: description)
  }

  /// A file with malformed content.
  static func malformed(_ description: String) -> LedgerFailure {
    .init(exitStatus: .badInput, description: description)
  }
}
