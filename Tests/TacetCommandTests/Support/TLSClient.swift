import Foundation

/// `openssl s_client` at a door, in the background.
final class TLSClient: Sendable {
  private let process: Process
  private let input = Pipe()
  private let output: URL

  /// Connects.
  /// - Parameter identity: a folder with certificate and key; nil shows none.
  init(_ port: Int, identity: URL?, _ arguments: String...) throws {
    output = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-s_client-\(UUID().uuidString)")
    try Data().write(to: output)
    var all = ["s_client", "-connect", "127.0.0.1:\(port)"] + arguments
    if let identity {
      let path = { (name: String) in identity.appendingPathComponent(name).path }
      all += ["-cert", path("cert.pem"), "-cert_chain", path("cert.pem"), "-key", path("key.pem")]
    }
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = all
    process.standardInput = input
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: output)
  }

  var isRunning: Bool { process.isRunning }

  /// What it has said so far.
  var text: String { (try? String(decoding: Data(contentsOf: output), as: UTF8.self)) ?? "" }

  /// Sends bytes, as a line of a user would be.
  func send(_ data: Data) throws { try input.fileHandleForWriting.write(contentsOf: data) }

  /// Waits until it has said something.
  func says(_ word: String) async -> Bool { await Patience.wait { text.contains(word) } }

  /// Ends it; what it said.
  func end() -> String {
    try? input.fileHandleForWriting.close()
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return text
  }
}
