import ArgumentParser

/// `tacet bench …`: speed, measured on this machine.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed on this machine.",
    subcommands: [
      BenchAggregate.self, BenchIssue.self, BenchLedger.self, BenchNoise.self, BenchRPC.self, BenchGatewayCommand.self,
    ])
}
