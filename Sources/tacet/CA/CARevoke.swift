import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca revoke`: revokes certificates.
struct CARevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Revokes a certificate, every certificate of a workload that has not expired, or a list of them.",
    discussion: """
      Takes effect where the next revocation list arrives: run `tacet ca crl` next, and `tacet ca crl --root` after an
      intermediate. An intermediate is named by its number (the first is 1, each rotation makes the next) or serial number; the
      one in force must be rotated first. Revoking twice changes nothing. With --from, all are revoked at once, or none.
      Reasons: unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn.

      EXAMPLES
        tacet ca revoke --id camera/site-1 --reason keyCompromise
        tacet ca revoke --serial 4d1f0c…
        tacet ca revoke --from serials.txt --reason superseded
        tacet ca revoke --intermediate 1 --reason keyCompromise
      """)

  @Option(help: ArgumentHelp("The serial number, in hexadecimal.", valueName: "serial"))
  var serial: String?

  @Option(help: ArgumentHelp("The workload.", valueName: "role/name"))
  var id: String?

  @Option(help: ArgumentHelp("A file of serial numbers, one a line.", valueName: "file"))
  var from: String?

  @Option(help: ArgumentHelp("An intermediate that was replaced.", valueName: "number|serial"))
  var intermediate: String?

  @Option(help: ArgumentHelp("Why (RFC 5280).", valueName: "reason"))
  var reason: String = "unspecified"

  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var common: CommonOptions

  private static let reasons: [RevocationReason] = [
    .unspecified, .keyCompromise, .affiliationChanged, .superseded, .cessationOfOperation, .privilegeWithdrawn,
  ]

  private struct Result: Encodable {
    let revoked: [RecordReport]
  }

  private struct ManyResult: Encodable {
    let count: Int
    let revokedBefore: Int
  }

  private struct IntermediateResult: Encodable {
    let intermediate: Int
    let serial: String
    let revokedAt: Date
  }

  /// The largest file of serial numbers, in bytes: some six million.
  private static let mostBytes = 256 << 20

  func validate() throws {
    guard [serial, id, from, intermediate].compactMap({ $0 }).count == 1 else {
      throw ValidationError("give one of --serial, --id, --from and --intermediate")
    }
  }

  func run() async throws {
    guard let why = RevocationReason(name: reason), Self.reasons.contains(why) else {
      throw UsageError(
        "--reason is \(reason), allowed: \(Self.reasons.map(\.description).joined(separator: ", "))")
    }
    if let from {
      try revoke(listedIn: from, why)
    } else if let intermediate {
      try revoke(intermediate: intermediate, why)
    } else if let serial {
      try revoke(.serial(try RecordReport.serial(serial)), why)
    } else {
      try revoke(.id(try CertificateAuthority.workload(id ?? "", state: common.stateFolder)), why)
    }
  }

  private func revoke(_ what: CertificateAuthority.Revoked, _ why: RevocationReason) throws {
    let revoked = try CertificateAuthority.revoke(
      what, reason: why, state: common.stateFolder, passphrase: try secret.passphrase(isNew: false))
    let reports = revoked.map { RecordReport($0) }
    try common.print(Result(revoked: reports), text: reports.map(\.text).joined(separator: "\n"))
  }

  private func revoke(listedIn file: String, _ why: RevocationReason) throws {
    let outcome = try CertificateAuthority.revoke(
      try serials(file), reason: why, state: common.stateFolder, passphrase: try secret.passphrase(isNew: false))
    try common.print(
      ManyResult(count: outcome.new, revokedBefore: outcome.before),
      text: "\(outcome.new) revoked, \(outcome.before) were before")
  }

  private func revoke(intermediate text: String, _ why: RevocationReason) throws {
    let which: CertificateAuthority.Intermediate
    if text.utf8.count <= 6, let number = Int(text) {
      which = .number(number)
    } else {
      which = .serial(try RecordReport.serial(text, option: "--intermediate"))
    }
    let revoked = try CertificateAuthority.revoke(
      intermediate: which, reason: why, state: common.stateFolder, passphrase: try secret.passphrase(isNew: false))
    try common.print(
      IntermediateResult(
        intermediate: revoked.number, serial: revoked.serial.description, revokedAt: revoked.date),
      text: "intermediate \(revoked.number), serial \(revoked.serial), revoked \(revoked.date.formatted(.iso8601))")
  }

  /// The serial numbers of a file, all of it read before anything is revoked.
  private func serials(_ path: String) throws -> Set<SerialNumber> {
    let data = try InputFile.read(path, limit: Self.mostBytes)
    guard data.count <= Self.mostBytes else {
      throw LedgerFailure.malformed("\(path) is longer than \(Self.mostBytes) bytes")
    }
    var serials: Set<SerialNumber> = []
    for (number, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let digits = line.last == 0x0D ? line.dropLast() : line
      if digits.isEmpty { continue }
      guard let serial = SerialNumber(hexadecimal: digits.filter { $0 != UInt8(ascii: ":") }) else {
        throw LedgerFailure.malformed("\(path):\(number + 1): not a serial number of 1 to 40 hexadecimal digits")
      }
      serials.insert(serial)
    }
    guard !serials.isEmpty else { throw LedgerFailure.malformed("\(path) holds no serial number") }
    return serials
  }
}
