import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca init`: makes a root and an intermediate.
struct CAInit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Makes the authority of a trust domain: a root and an issuing intermediate, keys encrypted at rest.",
    discussion: """
      Refuses to overwrite an authority. Everything is in the state folder's `ca`, which only you may read. With
      --intermediate no root is made: the intermediate is one that your own root, or one below it, has signed. The
      intermediate's key may be in a token (PKCS #11, made there beforehand), which it never leaves.

      EXAMPLES
        tacet ca init --trust-domain city.example --passphrase-file passphrase
        tacet ca init --trust-domain city.example --profiles CA/profiles
        tacet ca init --trust-domain city.example --intermediate chain.pem --intermediate-key key.pem --roots root.pem
        tacet ca init --trust-domain city.example --pin-file pin \\
          --intermediate-key 'pkcs11:token=ca;object=issuing?module-path=/usr/lib/softhsm/libsofthsm2.so'
      """)

  @Option(help: ArgumentHelp("The SPIFFE trust domain.", valueName: "domain"))
  var trustDomain: String

  @Option(help: ArgumentHelp("A folder whose profiles (*.yaml) are kept with the authority.", valueName: "dir"))
  var profiles: String?

  @OptionGroup var imported: ImportOptions
  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var token: PINOptions
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
    let made = try await make(domain, passphrase: passphrase)
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

  private func make(_ domain: TrustDomain, passphrase: Passphrase) async throws -> (root: String, intermediate: String)
  {
    let kept = try profileFiles()
    guard let imported = try imported.load(token) else {
      return try CertificateAuthority.initialise(
        state: common.stateFolder, trustDomain: domain, passphrase: passphrase, token: try imported.key(token),
        profiles: kept)
    }
    return try await CertificateAuthority.initialise(
      state: common.stateFolder, trustDomain: domain, passphrase: passphrase, importing: imported, profiles: kept)
  }

  private func profileFiles() throws -> [URL] {
    guard let profiles else { return [] }
    let folder = URL(fileURLWithPath: profiles, isDirectory: true)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw LedgerFailure.missing("\(profiles) does not exist or cannot be read")
    }
    return names.filter { $0.hasSuffix(".yaml") }.sorted().map { folder.appendingPathComponent($0) }
  }
}

/// An intermediate that somebody else's root has signed, or a key in a token.
struct ImportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("PEM: an intermediate that another root signed, then what is above it.", valueName: "file"))
  var intermediate: String?

  @Option(
    help: ArgumentHelp(
      "Its private key: PEM (0600); or, with and without --intermediate, a pkcs11: URI of a key in a token.",
      valueName: "file|uri"))
  var intermediateKey: String?

  @Option(help: ArgumentHelp("PEM: the roots above it.", valueName: "file"))
  var roots: String?

  func validate() throws {
    let count = [intermediate, intermediateKey, roots].compactMap { $0 }.count
    guard count == 0 || count == 3 || (count == 1 && isKeyInToken) else {
      throw ValidationError(
        "--intermediate, --intermediate-key and --roots go together, unless the key is a pkcs11: URI")
    }
  }

  private var isKeyInToken: Bool { intermediateKey?.hasPrefix(PKCS11URI.scheme) ?? false }

  /// The intermediate that was given; nil where none was.
  func load(_ token: PINOptions) throws -> ImportedIntermediate? {
    guard let intermediate, let intermediateKey, let roots else { return nil }
    let (chain, above) = (URL(fileURLWithPath: intermediate), URL(fileURLWithPath: roots))
    if let key = try key(token) {
      return try ImportedIntermediate(chain: chain, key: key.uri, pin: key.pin, roots: above)
    }
    return try ImportedIntermediate(chain: chain, key: URL(fileURLWithPath: intermediateKey), roots: above)
  }

  /// The key in a token that was given; nil where none was.
  func key(_ token: PINOptions) throws -> (uri: PKCS11URI, pin: PKCS11PIN)? {
    guard let intermediateKey, isKeyInToken else { return nil }
    return (uri: try PKCS11URI(intermediateKey), pin: try token.pin())
  }
}
