import ArgumentParser
import Foundation
import TacetDemo

/// `tacet demo intruder`: the process of one intruder; the demo starts it.
struct DemoIntruder: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "intruder", abstract: "Tries to get into a gateway on this machine, as the demo's intruders do.",
    shouldDisplay: false)

  @Option var port: Int
  @Option var messageBytes: Int
  @Option var identity: String?

  func run() async throws {
    let outcome = try await Intruder(
      host: "127.0.0.1", port: port, identity: identity.map { URL(fileURLWithPath: $0, isDirectory: true) },
      messageBytes: messageBytes
    ).attempt()
    print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
  }
}
