import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca init`: makes a root and an intermediate.
struct CAInit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Makes the authority of a trust domain: a root and an issuing intermediate, keys encrypted at rest.",
    discussion: """
      Refuses to overwrite an authority. Everything is in the state folder's `ca`, which only you may read.

      EXAMPLES
        tacet ca init --trust-domain city.example --passphrase-file passphrase
      """)

  @Option(help: ArgumentHelp("The SPIFFE trust domain.", valueName: "domain"))
  var trustDomain: String

  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let trustDomain: String
    let state: String
    let rootFingerprint: String
    let intermediateFingerprint: String
  }

  func run() async throws {
    let domain = try TrustDomain(trustDomain)
    let passphrase = try secret.passphrase(isNew: true)
    let made = try CertificateAuthority.initialise(
      state: common.stateFolder, trustDomain: domain, passphrase: passphrase)
    let result = Result(
      trustDomain: domain.description, state: common.stateFolder.path, rootFingerprint: made.root,
      intermediateFingerprint: made.intermediate)
    try common.print(
      result,
      text: """
        authority of \(domain) made in \(common.stateFolder.path)
        root          SHA-256 \(made.root)
        intermediate  SHA-256 \(made.intermediate)
        """)
  }
}
