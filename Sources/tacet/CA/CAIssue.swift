import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca issue`: issues certificates with their keys, one or a file of them.
struct CAIssue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issue",
    abstract: "Issues a certificate with a key of its own, for one workload or each row of a file.",
    discussion: """
      Writes cert.pem (leaf and intermediate), key.pem (0600) and bundle.pem (roots). A folder that exists must be empty, or
      hold an earlier certificate of the same ID, which is replaced. Clients that check host names need --dns or --ip.

      With --batch, a file of rows role,name,ttl (a header is allowed, an empty ttl is the profile's), the folders are
      DIR/ROLE/NAME. All rows are read before anything is issued. A batch that was interrupted is resumed by running it
      again: rows whose folder has a certificate that holds are left alone.

      EXAMPLES
        tacet ca issue --id camera/site-1 --out site-1/camera
        tacet ca issue --id gateway/gateway-1 --dns localhost --ip 127.0.0.1 --ttl 12h --out gateway-1
        tacet ca issue --batch devices.csv --profile camera --out devices
      """)

  @Option(help: ArgumentHelp("Whose it is.", valueName: "role/name"))
  var id: String?

  @Option(help: ArgumentHelp("A CSV file, a workload a row.", valueName: "file"))
  var batch: String?

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "dir"))
  var out: String

  @OptionGroup var grant: GrantOptions
  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var token: PINOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let spiffeId: String
    let serial: String
    let notAfter: Date
    let certificate: String
    let key: String
    let bundle: String
  }

  private struct BatchResult: Encodable {
    let issued: Int
    let kept: Int
    let seconds: Double
    let folder: String
  }

  func validate() throws {
    guard (id == nil) != (batch == nil) else { throw ValidationError("give either --id or --batch") }
    guard batch == nil || (grant.dns.isEmpty && grant.ip.isEmpty && grant.ttl == nil) else {
      throw ValidationError("--batch has its times in the file, and no --dns or --ip")
    }
  }

  func run() async throws {
    let lifetime = try grant.lifetime()
    let authority = try CertificateAuthority.open(
      state: common.stateFolder, passphrase: try secret.passphrase(isNew: false),
      pin: try token.pin(state: common.stateFolder))
    let profile = try grant.profile(in: common)
    let folder = URL(fileURLWithPath: out, isDirectory: true)
    if let id {
      try issue(SPIFFEID(trustDomain: authority.trustDomain, path: id), lifetime, profile, by: authority, to: folder)
    } else if let batch {
      try await issue(batch: URL(fileURLWithPath: batch), profile, by: authority, to: folder)
    }
  }

  private func issue(
    _ workload: SPIFFEID, _ lifetime: Duration?, _ profile: LeafProfile, by authority: CertificateAuthority,
    to folder: URL
  ) throws {
    try IssuedSVID.check(folder, isFreeFor: workload)
    let issued = try authority.issue(
      workload, lifetime: lifetime, dnsNames: grant.dns, ipAddresses: grant.ip, profile: profile)
    try issued.write(to: folder)
    func path(_ file: IssuedSVID.File) -> String { folder.appendingPathComponent(file.rawValue).path }
    let result = Result(
      spiffeId: issued.id.description, serial: issued.serial, notAfter: issued.notAfter,
      certificate: path(.certificate), key: path(.key), bundle: path(.bundle))
    try common.print(
      result, text: "\(issued.id) until \(issued.notAfter.formatted(.iso8601)), serial \(issued.serial), in \(out)")
  }

  private func issue(
    batch file: URL, _ profile: LeafProfile, by authority: CertificateAuthority, to folder: URL
  ) async throws {
    let batch = try IssuanceBatch(csv: file, trustDomain: authority.trustDomain, profile: profile)
    let bar = ProgressBar(total: batch.rows.count, label: "issuing")
    let clock = ContinuousClock()
    let start = clock.now
    defer { bar.finish() }
    let outcome = try await authority.issue(batch, profile: profile, to: folder, progress: bar.update)
    bar.finish()
    let result = BatchResult(
      issued: outcome.issued, kept: outcome.kept, seconds: (clock.now - start) / .seconds(1), folder: folder.path)
    try common.print(result, text: "\(outcome.issued) issued, \(outcome.kept) had one already, in \(out)")
  }
}
