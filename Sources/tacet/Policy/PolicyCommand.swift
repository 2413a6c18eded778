import ArgumentParser
import TacetDocument
import TacetInference

/// `tacet policy …`: the policy file.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "The policy that nodes enforce.", subcommands: [PolicyCheck.self, PolicyShow.self])
}

extension DocumentError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .missing: .missingInput
    case .malformed: .badInput
    }
  }
}

extension InferenceError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .badInput: .badInput
    case .missing: .missingInput
    case .runtime: .unavailable
    case .inputOutput: .inputOutput
    }
  }
}
