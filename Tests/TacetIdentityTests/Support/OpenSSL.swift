import Foundation

/// The `openssl` command: the other implementation that certificates are made and judged by.
enum OpenSSL {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static let isInstalled = (try? run(["version"])) != nil

  /// Runs the command; its standard output and standard error together.
  @discardableResult
  static func run(_ arguments: [String], in folder: URL? = nil) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    if let folder { process.currentDirectoryURL = folder }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "openssl \(arguments.joined(separator: " ")): \(output)")
    }
    return output
  }
}
