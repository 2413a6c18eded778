import ArgumentParser
import TacetMesh

/// `tacet trust show`.
struct TrustShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows why a peer's score is what it is: what the node has seen of it.",
    discussion: """
      EXAMPLES
        tacet trust show gateway/gateway-2 --state site-1/state
      """)

  @Argument(help: ArgumentHelp("The peer, as role/name.", valueName: "id"))
  var peer: String

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let book = try common.trustBook()
    guard let report = PeerReport(peer, in: book, withEvidence: true) else {
      throw MeshError.missingInput(
        "\(TrustFile.place(in: common.stateFolder).path) knows no \(peer): see tacet trust list")
    }
    try common.print(report, text: report.text)
  }
}
