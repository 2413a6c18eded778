import ArgumentParser
import Foundation
import TacetEnrolment

/// `tacet node svid`: what the SPIFFE Workload API of this host gives to the user who asks.
struct NodeSVID: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "svid",
    abstract: "Shows which identities the node of this host hands out to you by the SPIFFE Workload API.",
    discussion: """
      Keys are fetched with them, as every SPIFFE library does, and are neither shown nor kept.

      EXAMPLES
        tacet node svid --socket /run/tacet/workload.sock
        sudo -u camera tacet node svid --socket /run/tacet/workload.sock
      """)

  @Option(help: ArgumentHelp("The node's socket: workload_api in its file.", valueName: "file"))
  var socket: String

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    struct Item: Encodable {
      let id: String
      let hint: String?
      let serial: String
      let notAfter: Date

      var text: String {
        "\(id)\(hint.map { " (\($0))" } ?? ""): serial \(serial), until \(notAfter.formatted(.iso8601))"
      }
    }

    let identities: [Item]
  }

  func run() async throws {
    let found = try await WorkloadClient(path: socket).identities()
    let items = found.map {
      Result.Item(id: $0.id.path, hint: $0.hint.isEmpty ? nil : $0.hint, serial: $0.serial, notAfter: $0.notAfter)
    }
    try common.print(Result(identities: items), text: items.map(\.text).joined(separator: "\n"))
  }
}
