import Foundation
import Testing

/// `Tests/Interop/workload_client.py` with the interpreter named in `TACET_TEST_PYTHON` (needs spiffe and grpcio).
final class PythonWorkload: Sendable {
  private static let python = ProcessInfo.processInfo.environment["TACET_TEST_PYTHON"]

  /// Whether the interpreter is named.
  static var isInstalled: Bool { python != nil }
  /// Whether it can become another user.
  static var canBecomeOthers: Bool { isInstalled && geteuid() == 0 }

  private let process: Process
  private let input = Pipe()
  private let lines: AsyncStream<String>

  /// Starts it.
  init(_ host: TestHost, _ arguments: [String], uid: UInt32? = nil) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Interop/workload_client.py").standardized.path
    let (lines, line) = AsyncStream.makeStream(of: String.self)
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Self.python ?? "/usr/bin/python3")
    process.arguments = [script] + arguments + ["--socket", host.socket] + (uid.map { ["--uid", "\($0)"] } ?? [])
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    Thread.detachNewThread {
      var rest = Data()
      while true {
        let data = output.fileHandleForReading.availableData
        guard !data.isEmpty else { break }
        rest += data
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          line.yield(String(decoding: rest[..<end], as: UTF8.self))
          rest = Data(rest[rest.index(after: end)...])
        }
      }
      line.finish()
    }
    self.process = process
    self.lines = lines
  }

  deinit { if process.isRunning { process.terminate() } }

  /// Runs it to its end.
  /// - Returns: what it said.
  static func run<Said: Decodable>(
    _ host: TestHost, _ arguments: [String], uid: UInt32? = nil, input: String = "", as type: Said.Type = Said.self
  ) async throws -> [Said] {
    let client = try PythonWorkload(host, arguments, uid: uid)
    try client.end(input: input)
    var said: [Said] = []
    for await line in client.lines { said.append(try decode(line)) }
    return said
  }

  /// The next thing that it says.
  func next<Said: Decodable>(as type: Said.Type = Said.self) async throws -> Said {
    for await line in lines { return try Self.decode(line) }
    throw Ended()
  }

  /// Closes its input.
  func end(input text: String = "") throws {
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
  }

  private static func decode<Said: Decodable>(_ line: String) throws -> Said {
    do {
      return try JSONDecoder().decode(Said.self, from: Data(line.utf8))
    } catch {
      Issue.record("the client said \(line)")
      throw error
    }
  }

  struct Ended: Error {}
}
