import ArgumentParser

/// `tacet ca …`: the certificate authority.
struct CACommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ca", abstract: "The built-in certificate authority.", subcommands: [])
}
