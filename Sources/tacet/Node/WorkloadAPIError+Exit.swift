import TacetEnrolment

extension WorkloadAPIError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .pathTooLong, .notASocket: .badInput
    case .folderWritableByOthers: .notPermitted
    case .socketInUse, .cannotListen: .unavailable
    }
  }
}
