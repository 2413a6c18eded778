import Foundation
import Testing

/// The demo from outside: it plays, it can be played again, and Ctrl-C leaves nothing behind.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DemoProcessTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tacet-demotest-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Starts a demo whose temporary files go into `folder`.
  private func start(_ arguments: [String], in folder: URL) throws -> Process {
    let process = Process()
    process.executableURL = Tacet.executable
    process.currentDirectoryURL = Tacet.project
    process.arguments = ["demo"] + arguments + ["--out", folder.appendingPathComponent("out").path]
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Processes whose command line names `folder`.
  private func processes(naming folder: URL) async throws -> [Substring] {
    try await Tacet.run(URL(fileURLWithPath: "/usr/bin/env"), ["pgrep", "-f", "node run.*\(folder.lastPathComponent)"])
      .output.split(separator: "\n")
  }

  @Test(arguments: [SIGINT, SIGKILL]) func anInterruptedDemoLeavesNoProcess(signal: Int32) async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let demo = try start(["--steps", "600"], in: folder)
    for _ in 0..<300 where try await processes(naming: folder).count < 15 {
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(try await processes(naming: folder).count == 15)
    kill(demo.processIdentifier, signal)
    demo.waitUntilExit()
    for _ in 0..<150 where try await !processes(naming: folder).isEmpty {
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(try await processes(naming: folder).isEmpty)
    if signal == SIGINT {
      #expect(demo.terminationStatus == 130)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("tacet-demo-") }
      #expect(left.isEmpty, "keys left behind: \(left)")
    }
  }

  @Test func aReadOnlyReportFolderIsFoundBeforeAnythingStarts() async throws {
    let result = try await Tacet.run("demo", "--out", "/proc/report")
    #expect(result.status == 74)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(result.errors.contains("/proc/report"))
  }
}
