import Foundation
import Testing

/// A command that serves, in the background: it says on standard output which ports it has opened, and stops with its standard input.
final class BackgroundCommand: Sendable {
  /// By the names that it gives them.
  let ports: [String: Int]
  private let process: Process

  /// Starts it and waits until its ports are open.
  /// - Parameter log: where what it says on standard error goes.
  init(_ arguments: [String], log: URL? = nil) async throws {
    process = Process()
    process.executableURL = Tacet.executable
    process.arguments = arguments + ["--lifeline", "--format", "json"]
    let output = Pipe()
    process.standardInput = Pipe()
    process.standardOutput = output
    if let log { try Data().write(to: log) }
    process.standardError = try log.map(FileHandle.init(forWritingTo:)) ?? FileHandle.nullDevice
    try process.run()
    let line = await Self.firstData(of: output)
    let ready = try #require(
      try? JSONSerialization.jsonObject(with: line) as? [String: Any], "\(arguments.prefix(2)) did not start")
    ports = ready.compactMapValues { $0 as? Int }
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

  /// Ends it as a crash would.
  func killHard() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Stops it politely; returns its exit status.
  @discardableResult
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
