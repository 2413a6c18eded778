import TacetMesh

extension MeshError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .badInput: .badInput
    case .missingInput: .missingInput
    case .unavailable: .unavailable
    case .inputOutput: .inputOutput
    case .notPermitted: .notPermitted
    }
  }
}
