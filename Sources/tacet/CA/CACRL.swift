import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca crl`: signs the revocation list.
struct CACRL: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crl",
    abstract: "Signs a revocation list (PEM), numbered by the log.",
    discussion: """
      Sign the next one well before this one's time is up: whoever checks it refuses everyone with a list that is out of date.
      After a rotation, certificates of the intermediates before are on lists of their own, beside the file: NAME-KEY.pem.

      With --root, the list is the root's, which says what intermediates are revoked. It is needed where policy asks for a list
      of every authority of a path, and after `tacet ca revoke --intermediate`. It opens the root's key, so it is signed
      seldom, and is in force for 30 days.

      EXAMPLES
        tacet ca crl --out crl.pem
        tacet ca crl --out crl.pem --next-update 1h
        tacet ca crl --root --out root-crl.pem
      """)

  @Option(help: ArgumentHelp("Where to write it.", valueName: "file"))
  var out: String

  @Flag(help: "Sign the list of the root, which revokes intermediates.")
  var root = false

  @Option(
    help: ArgumentHelp(
      "When the next one will be there, from 1m to 30d (default: 24h; 30d with --root).", valueName: "time"))
  var nextUpdate: String?

  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var token: PINOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    struct List: Encodable {
      let file: String
      let issuer: String
      let number: UInt64
      let entries: Int
      let nextUpdate: Date
    }

    let lists: [List]
  }

  func run() async throws {
    let span = try Lifetime.parse(
      nextUpdate ?? (root ? "30d" : "24h"), option: "--next-update", in: CertificateAuthority.listLifetimes)
    let file = URL(fileURLWithPath: out)
    try PublishedFile.check(writable: file)
    let signed = try sign(span)
    var lists: [Result.List] = []
    for (position, item) in signed.enumerated() {
      let place = position == 0 ? file : beside(file, issuer: item.issuer)
      try PublishedFile.write(item.list.pem, to: place)
      lists.append(
        .init(
          file: place.path, issuer: item.issuer, number: item.number,
          entries: item.list.entries.count, nextUpdate: item.list.nextUpdate))
    }
    try common.print(
      Result(lists: lists),
      text: lists.map {
        "list \($0.number), \($0.entries) revoked, next at \($0.nextUpdate.formatted(.iso8601)), in \($0.file)"
      }.joined(separator: "\n"))
  }

  private func sign(_ span: Duration) throws -> [CertificateAuthority.SignedList] {
    let (state, passphrase) = (common.stateFolder, try secret.passphrase(isNew: false))
    guard !root else {
      return try CertificateAuthority.signRootRevocationLists(state: state, passphrase: passphrase, nextUpdate: span)
    }
    return try CertificateAuthority.signRevocationLists(
      state: state, passphrase: passphrase, pin: try token.pin(state: state), nextUpdate: span)
  }

  private func beside(_ file: URL, issuer: String) -> URL {
    let stem = file.deletingPathExtension().lastPathComponent
    let end = file.pathExtension.isEmpty ? "" : ".\(file.pathExtension)"
    return file.deletingLastPathComponent().appendingPathComponent("\(stem)-\(issuer.prefix(16))\(end)")
  }
}
