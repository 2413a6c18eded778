import Foundation
import Testing

/// A `tacet ca serve` in the background.
final class RunningAuthority: Sendable {
  /// The enrolment port.
  let enrol: Int
  /// The port for those who have a certificate.
  let listen: Int
  private let process: Process

  /// Starts it and waits until its ports are open.
  /// - Parameters:
  ///   - state: the state folder.
  ///   - passphrase: the file with its passphrase.
  ///   - log: where what it says on standard error goes.
  init(state: URL, passphrase: URL, log: URL? = nil, _ arguments: [String] = []) async throws {
    process = Process()
    process.executableURL = Tacet.executable
    process.arguments =
      [
        "ca", "serve", "--enrol", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--ip", "127.0.0.1", "--dns", "localhost",
        "--state", state.path, "--passphrase-file", passphrase.path, "--lifeline", "--format", "json",
      ] + arguments
    let output = Pipe()
    process.standardInput = Pipe()
    process.standardOutput = output
    if let log { try Data().write(to: log) }
    process.standardError = try log.map(FileHandle.init(forWritingTo:)) ?? FileHandle.nullDevice
    try process.run()
    let line = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: output.fileHandleForReading.availableData) }
    }
    let ready = try #require(
      try? JSONSerialization.jsonObject(with: line) as? [String: Any], "the authority did not start")
    enrol = try #require(ready["enrol"] as? Int)
    listen = try #require(ready["listen"] as? Int)
  }

  /// Starts that of a folder.
  convenience init(_ authority: AuthorityOnDisk, _ arguments: String...) async throws {
    try await self.init(state: authority.file("state"), passphrase: authority.file("passphrase"), arguments)
  }

  /// Starts that of a bench.
  convenience init(_ bench: Bench, _ arguments: String...) async throws {
    try await self.init(state: bench.authority, passphrase: bench.passphrase, arguments)
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
