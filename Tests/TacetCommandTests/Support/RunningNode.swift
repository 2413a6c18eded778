import Foundation
import Testing

/// A `tacet node run` in the background.
final class RunningNode: Sendable {
  let link: Int
  let grpc: Int
  private let process: Process

  private let log: URL?

  /// Starts a node and waits until its doors are open.
  /// - Parameter log: where what it says on standard error goes.
  init(configuration: URL, log: URL? = nil) async throws {
    self.log = log
    process = Process()
    process.executableURL = Tacet.executable
    process.arguments = ["node", "run", "--config", configuration.path, "--lifeline", "--format", "json"]
    let output = Pipe()
    process.standardInput = Pipe()
    process.standardOutput = output
    process.standardError = try log.map(Self.file) ?? FileHandle.nullDevice
    try process.run()
    let line = await Self.firstData(of: output)
    let ready = try #require(try? JSONSerialization.jsonObject(with: line) as? [String: Any], "the node did not start")
    link = try #require(ready["link"] as? Int)
    grpc = try #require(ready["grpc"] as? Int)
  }

  private static func file(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
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

  /// What a pipe carries first, read on a thread that may block.
  private static func firstData(of pipe: Pipe) async -> Data {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: pipe.fileHandleForReading.availableData) }
    }
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// Ends the node as a crash would.
  func killHard() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Stops the node politely; returns its exit status.
  @discardableResult
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
