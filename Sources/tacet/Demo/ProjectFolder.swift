import Foundation
import TacetDemo

/// Where the project's fixtures and policies are, from a command that was built in it.
enum ProjectFolder {
  /// The nearest folder above the working directory, else above the executable, that holds the fixtures.
  static func find() throws -> URL {
    let starts = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath), try executable()]
    for start in starts {
      var folder = start.standardizedFileURL
      while folder.path != "/" {
        if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Fixtures/models/traffic").path) {
          return folder
        }
        folder.deleteLastPathComponent()
      }
    }
    throw DemoError.missingInput("the demo's fixtures are not here: run it in a clone of the project (`make demo`)")
  }

  /// This very command.
  static func executable() throws -> URL {
    guard let url = Bundle.main.executableURL else {
      throw DemoError.missingInput("this command's own file is unknown: start it by its path")
    }
    return url.resolvingSymlinksInPath()
  }
}

extension DemoError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .badInput: .badInput
    case .missingInput: .missingInput
    case .unavailable: .unavailable
    case .inputOutput: .inputOutput
    }
  }
}
