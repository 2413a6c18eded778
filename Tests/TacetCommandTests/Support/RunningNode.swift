import Foundation
import Testing

/// A `tacet node run` in the background.
final class RunningNode: Sendable {
  let link: Int
  let grpc: Int
  private let command: BackgroundCommand
  private let log: URL?

  /// Starts a node and waits until its doors are open.
  /// - Parameter log: where what it says on standard error goes.
  init(configuration: URL, log: URL? = nil) async throws {
    self.log = log
    command = try await BackgroundCommand(["node", "run", "--config", configuration.path], log: log)
    link = try #require(command.ports["link"])
    grpc = try #require(command.ports["grpc"])
  }

  /// The lines of its log that tell of refusals.
  var refusals: [String] {
    guard let log, let text = try? String(contentsOf: log, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").map(String.init).filter { $0.contains("connection refused") }
  }

  /// Waits until the log tells of a refusal with all of these words; false when it does not within ten seconds.
  func logs(_ words: String...) async -> Bool {
    await Patience.wait { refusals.contains { line in words.allSatisfy { line.contains($0) } } }
  }

  /// Ends the node as a crash would.
  func killHard() { command.killHard() }

  /// Stops the node politely; returns its exit status.
  @discardableResult
  func stop() -> Int32 { command.stop() }
}
