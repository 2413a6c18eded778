import ArgumentParser
import Foundation
import TacetMesh
import TacetTrust

/// `tacet trust …`: what a node thinks of its peers, and why.
struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "What a node thinks of its peers, and why: list them, show one.",
    subcommands: [TrustList.self, TrustShow.self])
}

extension CommonOptions {
  /// The book of trust that the node of the state folder keeps.
  func trustBook() throws -> TrustBook {
    let file = TrustFile.place(in: stateFolder)
    guard let book = try TrustFile.read(file) else {
      throw MeshError.missingInput(
        "no book of trust at \(file.path): name the state folder of a node that has run, with --state")
    }
    return book
  }
}
