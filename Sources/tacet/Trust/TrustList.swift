import ArgumentParser

/// `tacet trust list`.
struct TrustList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Shows every peer's score, standing and weight.",
    discussion: """
      What a running node keeps is at most a few rounds old. Weights are relative: what one counts against the others.

      EXAMPLES
        tacet trust list --state site-1/state
      """)

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let peers: [PeerReport]
  }

  func run() async throws {
    let book = try common.trustBook()
    let peers = book.peers.sorted().compactMap { PeerReport($0, in: book, withEvidence: false) }
    try common.print(Result(peers: peers), text: peers.map(\.text).joined(separator: "\n"))
  }
}
