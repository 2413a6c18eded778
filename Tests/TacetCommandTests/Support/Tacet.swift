import Foundation
import Subprocess
import Testing

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// The built command, run from outside as a user would.
enum Tacet {
  /// What a run ended with.
  struct Result {
    let status: Int32
    let output: String
    let errors: String

    /// The one JSON object on standard output.
    func json() throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }
  }

  /// The command that was built along with the tests.
  static var executable: URL {
    #if os(macOS)
      let products = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        .deletingLastPathComponent()
      return (products ?? Bundle.main.bundleURL).appendingPathComponent("tacet")
    #else
      return (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]))
        .deletingLastPathComponent().appendingPathComponent("tacet")
    #endif
  }

  /// The project's folder: the nearest one above this file that has a manifest.
  static var project: URL {
    var folder = URL(fileURLWithPath: #filePath)
    while folder.path != "/",
      !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path)
    {
      folder.deleteLastPathComponent()
    }
    return folder
  }

  /// Runs the command to its end.
  static func run(_ arguments: String...) async throws -> Result {
    try await run(executable, arguments)
  }

  /// Runs another program to its end.
  static func run(_ program: URL, _ arguments: [String]) async throws -> Result {
    let result = try await Subprocess.run(
      .path(FilePath(program.path)), arguments: Arguments(arguments), output: .string(limit: 4 << 20),
      error: .string(limit: 4 << 20))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): Int32(code)
      case .signaled(let signal): -Int32(signal)
      }
    return Result(status: status, output: result.standardOutput, errors: result.standardError)
  }
}
