import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca sign`: issues a certificate for a key that stays where it is.
struct CASign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Issues a certificate for a request (CSR), whose key never leaves its owner.",
    discussion: """
      The request must be signed by its own key. Nothing is granted because the request asks for it: names come from --id,
      --dns and --ip, the rest from the profile; a request that asks for anything else is refused (exit status 77).

      EXAMPLES
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj / -out request.pem
        tacet ca sign --csr request.pem --id camera/site-1 --out cert.pem
      """)

  @Option(help: ArgumentHelp("The request, PEM.", valueName: "file"))
  var csr: String

  @Option(help: ArgumentHelp("Whose it is.", valueName: "role/name"))
  var id: String

  @Option(
    help: ArgumentHelp("Where to write the chain, PEM; an earlier one of the same ID is replaced.", valueName: "file"))
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
    let leftOut: [String]
  }

  func run() async throws {
    let lifetime = try grant.lifetime()
    let request = try SigningRequest(pem: try InputFile.read(csr, limit: SigningRequest.mostBytes))
    let authority = try CertificateAuthority.open(
      state: common.stateFolder, passphrase: try secret.passphrase(isNew: false),
      pin: try token.pin(state: common.stateFolder))
    let workload = try SPIFFEID(trustDomain: authority.trustDomain, path: id)
    let file = URL(fileURLWithPath: out)
    try PublishedFile.check(file, isFreeFor: workload)
    let signed = try authority.sign(
      request, as: workload, lifetime: lifetime, dnsNames: grant.dns, ipAddresses: grant.ip,
      profile: try grant.profile(in: common))
    try PublishedFile.write(signed.pem, to: file)
    for item in signed.leftOut { Diagnostics.note("left out, since the ID says the same: \(item)") }
    try common.print(
      Result(
        spiffeId: signed.id.description, serial: signed.serial, notAfter: signed.notAfter, certificate: file.path,
        leftOut: signed.leftOut),
      text: "\(signed.id) until \(signed.notAfter.formatted(.iso8601)), serial \(signed.serial), in \(out)")
  }
}
