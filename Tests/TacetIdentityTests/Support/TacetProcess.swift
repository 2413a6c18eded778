import Foundation

/// The built command beside this test bundle, as a process of its own.
enum TacetProcess {
  /// The executable; nil where only the tests were built.
  static let executable: URL? = {
    let places = CommandLine.arguments.filter { $0.contains(".xctest") }.map { URL(fileURLWithPath: $0) }
    for place in places + [Bundle.main.bundleURL] {
      var folder = place
      for _ in 0..<4 {
        let candidate = folder.appendingPathComponent("tacet")
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isFolder), !isFolder.boolValue,
          FileManager.default.isExecutableFile(atPath: candidate.path)
        {
          return candidate
        }
        folder.deleteLastPathComponent()
      }
    }
    return nil
  }()

  /// Starts the command.
  static func start(_ arguments: [String]) throws -> Process {
    guard let executable else { throw CocoaError(.fileNoSuchFile) }
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
