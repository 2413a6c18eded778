import ArgumentParser
import TacetPrivacy

/// `tacet ledger checkpoint`: the signed head of the log.
struct LedgerCheckpoint: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Print the signed checkpoint of the ledger.",
    discussion: "Keep it elsewhere: `ledger verify --checkpoint` then notices a ledger that was rolled back.")

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  private struct Report: Encodable {
    let checkpoint: String
    let key: String
  }

  func run() async throws {
    let ledger = try place.open(in: common, create: false)
    let note = try await ledger.checkpoint()
    // The note ends with the line feed that printing adds.
    try common.print(Report(checkpoint: note, key: ledger.verifierKey), text: String(note.dropLast()))
  }
}
