import Foundation
import Synchronization

/// A program that runs beside a test.
final class Command: Sendable {
  private let process: Process
  private let pipe = Pipe()
  private let output: URL
  private let exits: AsyncStream<Int32>

  /// Starts it.
  init(_ path: String, _ arguments: [String]) throws {
    output = FileManager.default.temporaryDirectory.appending(path: "tacet-output-\(UUID().uuidString)")
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = pipe
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    let (exits, exit) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = {
      exit.yield($0.terminationStatus)
      exit.finish()
    }
    try Self.unblockingSignals { try process.run() }
    try handle.close()
    self.process = process
    self.exits = exits
  }

  /// The threads of Swift's tasks block all signals, and a child inherits that.
  private static func unblockingSignals(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  /// What it reads.
  var input: FileHandle { pipe.fileHandleForWriting }

  /// What it has said so far.
  var said: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

  /// Asks it to end as Ctrl-C would.
  func interrupt() { process.interrupt() }

  /// Closes its input and waits until it has ended.
  func end() async throws -> (status: Int32, output: String) {
    try input.close()
    var status: Int32 = -1
    for await code in exits { status = code }
    defer { try? FileManager.default.removeItem(at: output) }
    return (status, String(decoding: try Data(contentsOf: output), as: UTF8.self))
  }
}
