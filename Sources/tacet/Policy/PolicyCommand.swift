import ArgumentParser

/// `tacet policy …`: the policy that nodes enforce.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "The policy that nodes enforce.", subcommands: [PolicyCheck.self, PolicyShow.self])
}
