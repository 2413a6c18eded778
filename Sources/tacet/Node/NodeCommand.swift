import ArgumentParser

/// `tacet node …`: a node of the mesh.
struct NodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node", abstract: "A node of the mesh.",
    subcommands: [NodeRun.self, NodeEnrol.self, NodeRenew.self, NodeSVID.self, NodeWitness.self])
}
