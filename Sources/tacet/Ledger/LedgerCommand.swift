import ArgumentParser

/// `tacet ledger …`: the privacy ledger.
struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "The privacy ledger of a device.",
    discussion: """
      EXAMPLES
        tacet ledger budget --device cam-1 --epsilon 8 --delta 1e-6 --window 24h
        tacet ledger charge --device cam-1 --radius 16 --scale 64 --release cam-1/2026-11-23T10:00:00Z
        tacet ledger verify
      """,
    subcommands: [
      LedgerBudget.self, LedgerCharge.self, LedgerShow.self, LedgerCheckpoint.self, LedgerProve.self,
      LedgerExportCommand.self, LedgerVerify.self,
    ])
}
