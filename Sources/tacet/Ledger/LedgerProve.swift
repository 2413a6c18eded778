import ArgumentParser
import Foundation
import TacetAudit

/// `tacet ledger prove`: a Merkle proof against the newest checkpoint.
struct LedgerProve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract: "Prove that an entry is in the ledger, or that the ledger continues an earlier one.",
    discussion: """
      With --index the inclusion of one entry (RFC 9162, section 2.1.3), with --from the consistency with the log of that
      many entries (section 2.1.4). Hashes are in base64, from the leaves upwards. The log is read once: ten million
      entries take about half a minute.

      EXAMPLES
        tacet ledger prove --index 7 --format json
        tacet ledger prove --from 1000
      """)

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("The entry, from 0.", valueName: "i"))
  var index: UInt64?

  @Option(help: ArgumentHelp("The size of an earlier log.", valueName: "n"))
  var from: UInt64?

  private struct Report: Encodable {
    let index: UInt64?
    let leaf: String?
    let from: UInt64?
    let size: UInt64
    let root: String
    let hashes: [String]
    let checkpoint: String
  }

  func validate() throws {
    guard (index == nil) != (from == nil) else { throw ValidationError("give either --index or --from") }
  }

  func run() async throws {
    if let index {
      try show(LedgerProof(inclusionOf: index, in: common.ledgerFile))
    } else if let from {
      try show(LedgerProof(consistencyFrom: from, in: common.ledgerFile))
    }
  }

  private func show(_ proof: LedgerProof) throws {
    let hashes = proof.hashes.map(\.base64)
    let report: Report
    let head: String
    switch proof.statement {
    case .inclusion(let index, let leaf):
      report = Report(
        index: index, leaf: leaf, from: nil, size: proof.size, root: proof.root.base64, hashes: hashes,
        checkpoint: proof.checkpoint)
      head = "entry \(index) of \(proof.size): \(leaf)"
    case .consistency(let from):
      report = Report(
        index: nil, leaf: nil, from: from, size: proof.size, root: proof.root.base64, hashes: hashes,
        checkpoint: proof.checkpoint)
      head = "the log of \(proof.size) entries continues that of \(from)"
    }
    try common.print(
      report, text: ([head] + hashes + ["", String(proof.checkpoint.dropLast())]).joined(separator: "\n"))
  }
}
