import ArgumentParser

/// `tacet verify …`: the auditor's side.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check what others present, and what the wire gives away.",
    subcommands: [
      VerifyAggregation.self,
      VerifyChain.self,
      VerifyNoise.self,
      VerifyRefresh.self,
      VerifyTiming.self,
      VerifyWire.self,
    ])
}
