import TacetDocument

extension DocumentError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .missing: .missingInput
    case .malformed: .badInput
    }
  }
}
