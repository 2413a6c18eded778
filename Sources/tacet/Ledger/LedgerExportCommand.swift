import ArgumentParser
import Foundation
import TacetAudit

/// `tacet ledger export`: the ledger as a file that an auditor can take away.
struct LedgerExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the ledger to a file that can be verified without it.",
    discussion: """
      The file has the signed checkpoint, an empty line, and the entries, one a line. It must not exist yet. Verify it with
      `tacet ledger verify --file FILE --key key.pub`.

      EXAMPLES
        tacet ledger export --out ledger-2026-11.export
      """)

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var out: String

  private struct Report: Encodable {
    let file: String
    let entries: UInt64
  }

  func run() async throws {
    let count = try LedgerExport(of: place.source(in: common)).write(to: URL(fileURLWithPath: out))
    try common.print(Report(file: out, entries: count), text: "\(count) entries in \(out)")
  }
}
