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

      EXAMPLES
        tacet ca crl --out crl.pem
        tacet ca crl --out crl.pem --next-update 1h
      """)

  @Option(help: ArgumentHelp("Where to write it.", valueName: "file"))
  var out: String

  @Option(help: ArgumentHelp("When the next one will be there, from 1m to 30d.", valueName: "time"))
  var nextUpdate: String = "24h"

  @OptionGroup var secret: PassphraseOptions
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
    let span = try Lifetime.parse(nextUpdate, option: "--next-update", in: CertificateAuthority.listLifetimes)
    let file = URL(fileURLWithPath: out)
    try PublishedFile.check(writable: file)
    let signed = try CertificateAuthority.signRevocationLists(
      state: common.stateFolder, passphrase: try secret.passphrase(isNew: false), nextUpdate: span)
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

  private func beside(_ file: URL, issuer: String) -> URL {
    let stem = file.deletingPathExtension().lastPathComponent
    let end = file.pathExtension.isEmpty ? "" : ".\(file.pathExtension)"
    return file.deletingLastPathComponent().appendingPathComponent("\(stem)-\(issuer.prefix(16))\(end)")
  }
}
