import ArgumentParser

/// `tacet ledger …`: the privacy ledger.
struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "The privacy ledger of a device.", subcommands: [])
}
