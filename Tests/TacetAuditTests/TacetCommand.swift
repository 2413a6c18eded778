import Foundation

/// The built command beside this test bundle, run as a process of its own.
enum TacetCommand {
  /// The executable; nil where only the tests were built.
  static let executable: URL? = {
    var places = CommandLine.arguments.filter { $0.contains(".xctest") }.map { URL(fileURLWithPath: $0) }
    places.append(Bundle.main.bundleURL)
    for place in places {
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

  /// Prepares `tacet` with arguments, in a shell after `prelude` if there is one.
  static func process(_ arguments: [String], prelude: String? = nil) throws -> Process {
    guard let executable else { throw CocoaError(.fileNoSuchFile) }
    let process = Process()
    if let prelude {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "\(prelude); exec \"$0\" \"$@\"", executable.path] + arguments
    } else {
      process.executableURL = executable
      process.arguments = arguments
    }
    process.standardError = FileHandle.nullDevice
    return process
  }

  /// Runs to the end and returns the exit status and standard output.
  static func run(_ arguments: [String], prelude: String? = nil) throws -> (status: Int32, output: Data) {
    let process = try process(arguments, prelude: prelude)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data)
  }
}
