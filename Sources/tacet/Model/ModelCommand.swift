import ArgumentParser
import TacetRefresh

/// `tacet model …`: model packs, and the log of the students that were published for them.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Model packs, and the log of students that are published for them.",
    subcommands: [ModelInspect.self, ModelKey.self, ModelLogCommand.self, ModelPublish.self])
}

extension RefreshError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .badInput: .badInput
    case .missing: .missingInput
    case .notPermitted: .notPermitted
    case .inputOutput: .inputOutput
    }
  }
}
