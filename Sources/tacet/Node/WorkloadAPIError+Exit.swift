import TacetEnrolment

extension WorkloadAPIError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .pathTooLong, .notASocket: .badInput
    case .folderWritableByOthers, .noIdentity: .notPermitted
    case .socketInUse, .cannotListen, .noAnswer: .unavailable
    case .badAnswer: .badInput
    }
  }
}
