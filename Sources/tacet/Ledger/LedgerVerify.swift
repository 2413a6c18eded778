import ArgumentParser
import Foundation
import TacetAudit
import TacetLog
import TacetPrivacy

/// `tacet ledger verify`: recomputes the ledger from its entries.
struct LedgerVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Recompute a ledger from its entries and check that no budget was exceeded.",
    discussion: """
      Exit status 0 when it holds, 1 when it does not. The file is opened for reading only. A checkpoint kept from before, by
      --previous, catches a ledger that was rolled back or rewritten; a later one, by --checkpoint, one whose end was cut.

      EXAMPLES
        tacet ledger verify
        tacet ledger verify --file export --key key.pub --previous checkpoint.monday
      """)

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  @Option(help: "The ledger file, or an export (default: the ledger of the state folder).")
  var file: String?

  @Option(help: "The ledger's public key (default: key.pub beside the ledger file).")
  var key: String?

  @Option(help: "A checkpoint that somebody has of it: the ledger must have all its entries.")
  var checkpoint: String?

  @Option(help: "A checkpoint, or an export, kept from before: the ledger must continue it.")
  var previous: String?

  func validate() throws {
    guard file == nil || place.store == nil else { throw ValidationError("give either --file or --store") }
  }

  private struct Report: Encodable {
    struct Finding: Encodable {
      let kind: String
      let index: UInt64?
      let message: String
    }

    let holds: Bool
    let size: UInt64
    let root: String
    let origin: String
    /// The first entry that is wrong; null where none is named.
    let firstWrongIndex: UInt64?
    /// How many stream windows name nothing that their sensitivity could be computed from.
    let statedWindows: UInt64
    let devices: [DeviceReport]
    let findings: [Finding]
  }

  func run() async throws {
    let file = file.map { URL(fileURLWithPath: $0) } ?? common.ledgerFile
    if place.store == nil, !FileManager.default.fileExists(atPath: file.path) {
      throw LedgerError.missing(path: file.path)
    }
    let keyPath = key ?? file.deletingLastPathComponent().appendingPathComponent("key.pub").path
    let kept = try [checkpoint, previous].compactMap { $0 }.map(readNote)
    let verifier = LedgerVerifier(key: try InputFile.noteKey(keyPath), remembered: kept)
    let found =
      place.store == nil
      ? try verifier.verify(file: file) : try place.source(in: common).examine { try verifier.verify($0) }
    try common.print(report(found), text: text(found))
    if !found.holds { throw DoesNotHold() }
  }

  private func report(_ found: LedgerVerification) -> Report {
    Report(
      holds: found.holds, size: found.size, root: found.root.base64, origin: found.origin,
      firstWrongIndex: found.findings.compactMap(\.index).first, statedWindows: found.statedWindows,
      devices: found.devices.map(DeviceReport.init),
      findings: found.findings.map { .init(kind: $0.kind.rawValue, index: $0.index, message: $0.message) })
  }

  private func text(_ found: LedgerVerification) -> String {
    let head = "\(found.holds ? "holds" : "does not hold"): \(found.size) entries, root \(found.root.base64)"
    let stated =
      "\(found.statedWindows) stream windows name no filter, passages and bound: their sensitivity is as the ledger says"
    let lines = found.devices.map { DeviceReport($0).text } + found.findings.map(\.description)
    return ([head] + (found.statedWindows > 0 ? [stated] : []) + lines).joined(separator: "\n")
  }

  private func readNote(_ path: String) throws -> SignedNote {
    let file = URL(fileURLWithPath: path)
    // A note ends with its signatures; in an export the entries follow.
    if let export = try? ExportedLedger(file: file), let note = try? SignedNote(export.checkpointNote()) { return note }
    return try InputFile.note(path)
  }
}
