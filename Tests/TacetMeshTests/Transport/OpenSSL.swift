import Foundation
import TacetMesh

/// Another TLS implementation, `openssl s_client`, at a door.
enum OpenSSL {
  /// Whether this machine has it.
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  /// Connects, sends nothing, and says what it saw.
  static func connect(_ address: Endpoint, _ arguments: [String]) async throws -> String {
    try await run("/usr/bin/openssl", ["s_client", "-connect", "\(address)"] + arguments, input: "/dev/null").output
  }

  /// Runs a command to its end, without blocking a thread of the cooperative pool.
  static func run(
    _ command: String, _ arguments: [String], input: String? = nil
  ) async throws -> (status: Int32, output: String) {
    let file = FileManager.default.temporaryDirectory.appending(path: "tacet-output-\(UUID().uuidString)")
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command)
    process.arguments = arguments
    if let input { process.standardInput = FileHandle(forReadingAtPath: input) }
    let handle = try FileHandle(forWritingTo: file)
    process.standardOutput = handle
    process.standardError = handle
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in continuation.resume() }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        continuation.resume(throwing: error)
      }
    }
    try handle.close()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: file), as: UTF8.self))
  }
}
