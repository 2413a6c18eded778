import TacetLog
import TacetMesh
import TacetTransport

extension TransportError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .peerRefused, .peerExpired, .handshakeFailed: .notPermitted
    case .unusableIdentity: .badInput
    case .message: .internalFault
    default: .unavailable
    }
  }
}

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

extension WitnessError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .corrupt: .badInput
    case .inputOutput: .inputOutput
    }
  }
}
