import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca rotate`: replaces the intermediate, or the root.
struct CARotate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Replaces the intermediate, or with --root the root and the intermediate.",
    discussion: """
      No certificate stops working: the old root stays in the bundle until the last certificate issued under it expires, and
      vouches for the new one meanwhile, so that workloads with the old bundle accept new certificates. They get the new
      bundle with their next certificate, or from `tacet ca bundle`. Where the intermediate's key is in a token, the next one
      must be there as well, made beforehand, and is named by --intermediate-key.

      EXAMPLES
        tacet ca rotate
        tacet ca rotate --root
        tacet ca rotate --intermediate chain.pem --intermediate-key key.pem --roots root.pem
      """)

  @Flag(help: "Replace the root as well.")
  var root = false

  @OptionGroup var imported: ImportOptions
  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var token: PINOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let rootFingerprint: String
    let intermediateFingerprint: String
    /// The number of the intermediate now in force.
    let intermediate: Int
    let bundle: Int
  }

  func validate() throws {
    guard !root || imported.intermediate == nil else { throw ValidationError("give either --root or --intermediate") }
  }

  func run() async throws {
    let passphrase = try secret.passphrase(isNew: false)
    let made: (root: String, intermediate: String)
    if let intermediate = try imported.load(token) {
      made = try await CertificateAuthority.rotate(
        to: intermediate, state: common.stateFolder, passphrase: passphrase)
    } else {
      made = try CertificateAuthority.rotate(
        root ? .root : .intermediate, state: common.stateFolder, passphrase: passphrase, token: try imported.key(token))
    }
    let bundle = try CertificateAuthority.bundle(state: common.stateFolder).count
    let number = try CertificateAuthority.number(state: common.stateFolder)
    try common.print(
      Result(
        rootFingerprint: made.root, intermediateFingerprint: made.intermediate, intermediate: number, bundle: bundle),
      text: """
        root          SHA-256 \(made.root)
        intermediate  SHA-256 \(made.intermediate)
        intermediate \(number) is in force
        \(bundle) \(bundle == 1 ? "root" : "roots") in the bundle
        """)
  }
}

/// `tacet ca bundle`: the roots that are trusted.
struct CABundle: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Writes the roots that are trusted (PEM), the one in force first; needs no passphrase.",
    discussion: """
      EXAMPLES
        tacet ca bundle --out bundle.pem
      """)

  @Option(help: ArgumentHelp("Where to write it.", valueName: "file"))
  var out: String

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let roots: Int
    let bundle: String
  }

  func run() throws {
    let roots = try CertificateAuthority.bundle(state: common.stateFolder)
    let file = URL(fileURLWithPath: out)
    try PublishedFile.write(PublishedFile.text(roots), to: file)
    try common.print(Result(roots: roots.count, bundle: file.path), text: "\(roots.count) in \(out)")
  }
}
