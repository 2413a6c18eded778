import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca list`: what the authority has issued.
struct CAList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the certificates that the authority has issued, from its log; needs no passphrase.",
    discussion: """
      EXAMPLES
        tacet ca list --id camera/site-1
        tacet ca list --expiring 6h --format json
        tacet ca list --revoked
      """)

  @Option(help: ArgumentHelp("Of this workload.", valueName: "role/name"))
  var id: String?

  @Option(help: ArgumentHelp("With this serial number, in hexadecimal.", valueName: "serial"))
  var serial: String?

  @Flag(help: "Revoked ones only.")
  var revoked = false

  @Flag(help: "Those in force only: neither expired nor revoked.")
  var valid = false

  @Option(help: ArgumentHelp("Those in force that expire within this time.", valueName: "time"))
  var expiring: String?

  @Option(help: ArgumentHelp("No more than so many, the newest.", valueName: "n"))
  var limit: Int?

  @OptionGroup var common: CommonOptions

  /// More certificates than there can be, and few enough to be doubled.
  private static let mostListed = 1 << 40

  private struct Result: Encodable {
    let count: Int
    let certificates: [RecordReport]
  }

  func validate() throws {
    guard !revoked || !(valid || expiring != nil) else {
      throw ValidationError("--revoked does not go with --valid and --expiring")
    }
    guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit must be above 0") }
  }

  func run() throws {
    guard let limit = limit.map({ min($0, Self.mostListed) }) else { return try printAll() }
    var (count, reports) = (0, [RecordReport]())
    try CertificateAuthority.forEachRecord(of: try query(), state: common.stateFolder) { record in
      count += 1
      // The newest are the last; what is too much is dropped in bulk.
      if reports.count >= 2 * limit { reports.removeFirst(reports.count - limit) }
      reports.append(RecordReport(record))
    }
    reports = Array(reports.suffix(limit))
    try common.print(
      Result(count: count, certificates: reports),
      text: (reports.map(\.text) + [Self.head(count)]).joined(separator: "\n"))
  }

  private func printAll() throws {
    var list = ListOutput(common, key: "certificates")
    var failure: (any Error)?
    try CertificateAuthority.forEachRecord(of: try query(), state: common.stateFolder) { record in
      guard failure == nil else { return }
      let report = RecordReport(record)
      do {
        try list.append(report, text: report.text)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    let head = Self.head(list.count)
    try list.finish(text: head)
  }

  private static func head(_ count: Int) -> String { "\(count) \(count == 1 ? "certificate" : "certificates")" }

  private func query() throws -> CertificateQuery {
    var query = CertificateQuery()
    if let id { query.id = try CertificateAuthority.workload(id, state: common.stateFolder).description }
    query.serial = try serial.map { try RecordReport.serial($0).description }
    if revoked { query.isRevoked = true }
    if valid || expiring != nil {
      query.isRevoked = false
      query.isValidAt = Date()
    }
    if let expiring {
      let span = try Lifetime.parse(expiring, option: "--expiring", in: .seconds(1)...(.seconds(3650 * 86400)))
      query.expiresBefore = Date().addingTimeInterval(TimeInterval(span.components.seconds))
    }
    return query
  }
}

/// A certificate as it is printed.
struct RecordReport: Encodable {
  let index: UInt64
  let serial: String
  let spiffeId: String
  let issuer: String
  let fingerprint: String
  let notBefore: Date
  let notAfter: Date
  let issuedAt: Date
  let revokedAt: Date?
  let reason: String?

  init(_ record: CertificateRecord) {
    index = record.index
    serial = record.serial
    spiffeId = record.id
    issuer = record.issuer
    fingerprint = record.fingerprint
    notBefore = record.notBefore
    notAfter = record.notAfter
    issuedAt = record.issuedAt
    revokedAt = record.revocation?.date
    reason = record.revocation?.reason.description
  }

  var text: String {
    let end = "\(serial)  \(spiffeId)  until \(notAfter.formatted(.iso8601))"
    guard let revokedAt, let reason else { return end }
    return "\(end)  revoked \(revokedAt.formatted(.iso8601)) (\(reason))"
  }

  /// A serial number as it was typed: hexadecimal digits, colons between them allowed.
  static func serial(_ text: String, option: String = "--serial") throws -> SerialNumber {
    guard let number = SerialNumber(hexadecimal: text.filter { $0 != ":" }) else {
      throw UsageError("\(option) is \(text), allowed: 1 to 40 hexadecimal digits")
    }
    return number
  }
}
