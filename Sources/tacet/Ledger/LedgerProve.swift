import ArgumentParser
import Foundation
import TacetAudit

/// `tacet ledger prove`: a Merkle proof against the newest checkpoint.
struct LedgerProve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract: "Prove that an entry is in the ledger, or that the ledger continues an earlier one.",
    discussion: """
      With --index the inclusion of one entry (RFC 9162, section 2.1.3), with --from the consistency of the newest log, or
      of the one of --to entries, with the log of that many entries (section 2.1.4). Hashes are in base64, from the leaves
      upwards.

      EXAMPLES
        tacet ledger prove --index 7 --format json
        tacet ledger prove --from 1000
        tacet ledger prove --from 1000 --to 2000
      """)

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  @Option(help: ArgumentHelp("The entry, from 0.", valueName: "i"))
  var index: UInt64?

  @Option(help: ArgumentHelp("The size of an earlier log.", valueName: "n"))
  var from: UInt64?

  @Option(help: ArgumentHelp("The size of the later log (default: the newest checkpoint's).", valueName: "m"))
  var to: UInt64?

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
    guard to == nil || from != nil else { throw ValidationError("--to needs --from") }
  }

  func run() async throws {
    let ledger = try place.source(in: common)
    if let index {
      try show(LedgerProof(inclusionOf: index, in: ledger))
    } else if let from {
      try show(LedgerProof(consistencyFrom: from, to: to, in: ledger))
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
