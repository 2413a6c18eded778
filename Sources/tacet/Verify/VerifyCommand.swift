import ArgumentParser

/// `tacet verify …`: the auditor's side.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check what others present, from files alone.", subcommands: [VerifyChain.self])
}
