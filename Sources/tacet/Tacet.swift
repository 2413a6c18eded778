import ArgumentParser
import TacetMesh

/// The root command: groups of verbs, one folder per noun.
@main
struct Tacet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tacet",
    abstract: "Federated inference that is safe enough to sign off.",
    version: TacetVersion.current,
    subcommands: [
      DemoCommand.self, CACommand.self, NodeCommand.self, DeviceCommand.self, LedgerCommand.self, PolicyCommand.self,
      TrustCommand.self, PrivacyCommand.self, AggregateCommand.self, ModelCommand.self, VerifyCommand.self,
      ReportCommand.self, BenchCommand.self,
    ]
  )

  /// Runs the command line and ends the process with the documented exit status.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      ExitStatus.end(with: error)
    }
  }
}
