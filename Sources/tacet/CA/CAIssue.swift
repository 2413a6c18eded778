import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca issue`: issues a certificate with its key.
struct CAIssue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issue",
    abstract: "Issues a certificate for one workload, with a key of its own.",
    discussion: """
      Writes cert.pem (leaf and intermediate), key.pem (0600) and bundle.pem (roots). A folder that exists must be empty, or
      hold an earlier certificate of the same ID, which is replaced. Clients that check host names need --dns or --ip.

      EXAMPLES
        tacet ca issue --id camera/site-1 --out site-1/camera
        tacet ca issue --id gateway/gateway-1 --dns localhost --ip 127.0.0.1 --ttl 12h --out gateway-1
      """)

  @Option(help: ArgumentHelp("Whose it is.", valueName: "role/name"))
  var id: String

  @Option(help: ArgumentHelp("How long it lives, from 1m to 90d.", valueName: "time"))
  var ttl: String = "24h"

  @Option(help: ArgumentHelp("A host name it is also good for; may be repeated.", valueName: "name"))
  var dns: [String] = []

  @Option(help: ArgumentHelp("An IP address it is also good for; may be repeated.", valueName: "address"))
  var ip: [String] = []

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "dir"))
  var out: String

  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let spiffeId: String
    let serial: String
    let notAfter: Date
    let certificate: String
    let key: String
    let bundle: String
  }

  func run() async throws {
    guard let lifetime = Lifetime.parse(ttl) else {
      throw UsageError("--ttl is \(ttl), allowed: a time as 90s, 15m, 24h or 7d, from 1m to 90d")
    }
    let authority = try CertificateAuthority.open(
      state: common.stateFolder, passphrase: try secret.passphrase(isNew: false))
    let folder = URL(fileURLWithPath: out, isDirectory: true)
    let workload = try SPIFFEID(trustDomain: authority.trustDomain, path: id)
    try IssuedSVID.check(folder, isFreeFor: workload)
    let issued = try authority.issue(
      workload, lifetime: lifetime, dnsNames: dns, ipAddresses: ip)
    try issued.write(to: folder)
    func path(_ file: IssuedSVID.File) -> String { folder.appendingPathComponent(file.rawValue).path }
    let result = Result(
      spiffeId: issued.id.description, serial: issued.serial, notAfter: issued.notAfter,
      certificate: path(.certificate), key: path(.key), bundle: path(.bundle))
    try common.print(
      result, text: "\(issued.id) until \(issued.notAfter.formatted(.iso8601)), serial \(issued.serial), in \(out)")
  }
}

/// Times as people type them: `90s`, `15m`, `24h`, `7d`.
enum Lifetime {
  /// The time span, or nil for anything else.
  static func parse(_ text: String) -> Duration? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    guard let unit = text.last.flatMap({ units[$0] }), text.utf8.count <= 9,
      text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int64(text.dropLast())
    else { return nil }
    let lifetime = Duration.seconds(number * unit)
    return CertificateAuthority.lifetimes.contains(lifetime) ? lifetime : nil
  }
}
