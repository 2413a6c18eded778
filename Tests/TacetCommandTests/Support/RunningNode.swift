import Foundation
import Synchronization
import Testing

/// A `tacet node run` in the background.
final class RunningNode: Sendable {
  let link: Int
  let grpc: Int
  private let process: Process

  /// Starts a node and waits until its doors are open.
  init(configuration: URL) async throws {
    process = Process()
    process.executableURL = Tacet.executable
    process.arguments = ["node", "run", "--config", configuration.path, "--lifeline", "--format", "json"]
    let output = Pipe()
    process.standardInput = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let line = await Self.firstData(of: output)
    let ready = try #require(try? JSONSerialization.jsonObject(with: line) as? [String: Any], "the node did not start")
    link = try #require(ready["link"] as? Int)
    grpc = try #require(ready["grpc"] as? Int)
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
