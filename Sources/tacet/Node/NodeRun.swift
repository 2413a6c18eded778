import ArgumentParser
import Foundation
import Logging
import TacetMesh

/// `tacet node run`: a gateway, or a site's camera and controller, until it is stopped.
struct NodeRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a node: its doors, its part of the model, and the policy on every call.",
    discussion: """
      The node listens with TLS 1.3 and requires a client certificate; there is no other way to start it. It prints one
      line when both doors are open, and stops clean on SIGTERM or SIGINT, or when its schedule ends.

      EXAMPLES
        tacet node run --config gateway-1/node.yaml
      """)

  @Option(help: ArgumentHelp("The node's configuration (see Documentation/Nodes.md).", valueName: "file"))
  var config: String

  @Flag(help: "Stop when standard input ends: the node does not outlive whoever started it.")
  var lifeline = false

  @Option(
    help: ArgumentHelp(
      "For tests of the wire: write the hidden class of each exchange to a file, for `tacet verify wire --labels`.",
      valueName: "file"))
  var traceLabels: String?

  @OptionGroup var common: CommonOptions

  func run() async throws {
    var logger = Logger(label: "tacet.node") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .notice
    ProcessLimits.raiseOpenFiles()
    let node = try Node(
      configuration: URL(fileURLWithPath: config), trace: traceLabels.map { URL(fileURLWithPath: $0) }, logger: logger)
    try await node.run(lifeline: lifeline ? Lifeline() : nil) { ready in
      try? common.print(ready, text: "ready: \(ready.name), link port \(ready.link), gRPC port \(ready.grpc)")
      fflush(nil)
    }
  }
}
