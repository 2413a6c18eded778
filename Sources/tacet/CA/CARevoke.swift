import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca revoke`: revokes certificates.
struct CARevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Revokes a certificate, or every certificate of a workload that has not expired.",
    discussion: """
      Takes effect where the next revocation list arrives: run `tacet ca crl` next. Revoking twice changes nothing.
      Reasons: unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn.

      EXAMPLES
        tacet ca revoke --id camera/site-1 --reason keyCompromise
        tacet ca revoke --serial 4d1f0c…
      """)

  @Option(help: ArgumentHelp("The serial number, in hexadecimal.", valueName: "serial"))
  var serial: String?

  @Option(help: ArgumentHelp("The workload.", valueName: "role/name"))
  var id: String?

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

  func validate() throws {
    guard (serial == nil) != (id == nil) else { throw ValidationError("give either --serial or --id") }
  }

  func run() async throws {
    guard let why = RevocationReason(name: reason), Self.reasons.contains(why) else {
      throw UsageError(
        "--reason is \(reason), allowed: \(Self.reasons.map(\.description).joined(separator: ", "))")
    }
    let number = try serial.map(RecordReport.serial)
    let authority = try CertificateAuthority.open(
      state: common.stateFolder, passphrase: try secret.passphrase(isNew: false))
    let revoked: [CertificateRecord]
    if let number {
      revoked = try authority.revoke(.serial(number), reason: why)
    } else {
      revoked = try authority.revoke(.id(SPIFFEID(trustDomain: authority.trustDomain, path: id ?? "")), reason: why)
    }
    let reports = revoked.map { RecordReport($0) }
    try common.print(Result(revoked: reports), text: reports.map(\.text).joined(separator: "\n"))
  }
}
