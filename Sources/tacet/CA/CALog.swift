import ArgumentParser
import Foundation
import TacetIdentity
import TacetLog

/// `tacet ca log …`: the record of everything that the authority did.
struct CALog: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "The record of everything that the authority did.",
    subcommands: [CALogShow.self, CALogVerify.self, CALogProve.self])
}

/// `tacet ca log show`: the entries and the checkpoint.
struct CALogShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Prints the entries of the log, and its newest checkpoint.",
    discussion: """
      Keep the checkpoint elsewhere: `tacet ca log verify --previous` then catches a log that was cut or rewritten.

      EXAMPLES
        tacet ca log show --from 100
        tacet ca log show --checkpoint checkpoint.monday
      """)

  @Option(help: ArgumentHelp("The first entry.", valueName: "i"))
  var from: UInt64 = 0

  @Option(help: ArgumentHelp("Write the checkpoint to a file as well.", valueName: "file"))
  var checkpoint: String?

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let entries: [String]
    let checkpoint: String
    let key: String
  }

  func run() throws {
    var lines: [String] = []
    try CertificateAuthority.forEachLogLine(state: common.stateFolder) { entry, line in
      if entry.index >= from { lines.append(line) }
    }
    let note = try CertificateAuthority.checkpoint(state: common.stateFolder)
    if let checkpoint { try PublishedFile.write(note, to: URL(fileURLWithPath: checkpoint)) }
    let key = try CertificateAuthority.log(state: common.stateFolder).key
    try common.print(
      Result(entries: lines, checkpoint: note, key: key),
      text: (lines + ["", String(note.dropLast())]).joined(separator: "\n"))
  }
}

/// `tacet ca log verify`: recomputes the log, or checks a proof.
struct CALogVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Recomputes the log from its entries; or checks a proof, with --proof.",
    discussion: """
      Exit status 0 when it holds, 1 when it does not; the first wrong entry is named. The file is opened for reading only.

      EXAMPLES
        tacet ca log verify --previous checkpoint.monday
        tacet ca log verify --proof proof --certificate cert.pem --key log.pub
      """)

  @Option(help: "The log file (default: that of the state folder).")
  var file: String?

  @Option(help: "The log's public key, a file (default: log.pub beside the log).")
  var key: String?

  @Option(help: "A checkpoint kept from before; may be repeated.")
  var previous: [String] = []

  @Option(help: "A proof of inclusion, to be checked instead of the log.")
  var proof: String?

  @Option(help: "PEM: the certificate that the proof must be of.")
  var certificate: String?

  @OptionGroup var common: CommonOptions

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
    let certificates: UInt64
    let revocations: UInt64
    let jwtSvids: UInt64
    let unsignedBytes: Int
    let firstWrongIndex: UInt64?
    let findings: [Finding]
  }

  private struct ProofReport: Encodable {
    let holds: Bool
    let index: UInt64?
    let spiffeId: String?
    let reason: String?
  }

  func validate() throws {
    guard proof == nil || (file == nil && previous.isEmpty) else {
      throw ValidationError("--proof does not go with --file and --previous")
    }
    guard certificate == nil || proof != nil else { throw ValidationError("--certificate needs --proof") }
  }

  func run() throws {
    if let proof { return try verify(proof: proof) }
    let place = try file.map { URL(fileURLWithPath: $0) } ?? CertificateAuthority.log(state: common.stateFolder).file
    let kept = try previous.map(InputFile.note)
    let found = try AuthorityLogVerifier(key: try readKey(), remembered: kept).verify(file: place)
    let report = Report(
      holds: found.holds, size: found.size, root: found.root.base64, origin: found.origin,
      certificates: found.certificates, revocations: found.revocations, jwtSvids: found.tokens,
      unsignedBytes: found.unsignedBytes,
      firstWrongIndex: found.findings.compactMap(\.index).first,
      findings: found.findings.map { .init(kind: $0.kind.rawValue, index: $0.index, message: $0.message) })
    let head =
      "\(found.holds ? "holds" : "does not hold"): \(found.size) entries, \(found.certificates) certificates, "
      + "\(found.revocations) revoked, \(found.tokens) JWT-SVIDs, root \(found.root.base64)"
    try common.print(report, text: ([head] + found.findings.map(\.description)).joined(separator: "\n"))
    if !found.holds { throw DoesNotHold() }
  }

  private func verify(proof path: String) throws {
    let proof = try InclusionProof(InputFile.text(path))
    let key = try readKey()
    let leaf = try certificate.map { try PublishedFile.leaf(of: URL(fileURLWithPath: $0)) }
    do {
      let entry = try leaf.map { try proof.verify(key: key, certificate: $0) } ?? proof.verify(key: key)
      try common.print(
        ProofReport(holds: true, index: entry.index, spiffeId: entry.leaf?.id, reason: nil),
        text: "holds: entry \(entry.index)\(entry.leaf.map { ", \($0.id)" } ?? "")")
    } catch let error as IdentityError where error.kind == .notPermitted {
      try common.print(
        ProofReport(holds: false, index: nil, spiffeId: nil, reason: error.description),
        text: "does not hold: \(error)")
      throw DoesNotHold()
    }
  }

  private func readKey() throws -> NoteVerifier {
    let path: String
    if let key {
      path = key
    } else if let file {
      path = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("log.pub").path
    } else {
      return try NoteVerifier(CertificateAuthority.log(state: common.stateFolder).key)
    }
    return try InputFile.noteKey(path)
  }
}

/// `tacet ca log prove`: proves that an entry is in the log.
struct CALogProve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract: "Writes the proof that an entry, or the issuance of a certificate, is in the log (C2SP tlog-proof).",
    discussion: """
      EXAMPLES
        tacet ca log prove --serial 4d1f0c… --out proof
        tacet ca log prove --index 7 --format json
      """)

  @Option(help: ArgumentHelp("The entry, from 0.", valueName: "i"))
  var index: UInt64?

  @Option(help: ArgumentHelp("The serial number of a certificate, in hexadecimal.", valueName: "serial"))
  var serial: String?

  @Option(help: ArgumentHelp("Where to write it (default: standard output).", valueName: "file"))
  var out: String?

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let index: UInt64
    let leaf: String
    let hashes: [String]
    let checkpoint: String
  }

  func validate() throws {
    guard (index == nil) != (serial == nil) else { throw ValidationError("give either --index or --serial") }
  }

  func run() throws {
    let what: CertificateAuthority.Proved
    if let index {
      what = .index(index)
    } else {
      what = .serial(try RecordReport.serial(serial ?? ""))
    }
    let proof = try CertificateAuthority.prove(what, state: common.stateFolder)
    if let out { try PublishedFile.write(proof.description, to: URL(fileURLWithPath: out)) }
    try common.print(
      Result(
        index: proof.index, leaf: String(decoding: proof.leaf, as: UTF8.self), hashes: proof.hashes.map(\.base64),
        checkpoint: proof.checkpoint.description),
      text: out.map { "the proof of entry \(proof.index) is in \($0)" } ?? String(proof.description.dropLast()))
  }
}
