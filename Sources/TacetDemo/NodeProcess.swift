import Foundation
import Subprocess
import TacetMesh

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// One `tacet node run` as an operating-system process.
///
/// It ends when its task is cancelled (first politely), and its standard input is its lifeline: if the demo itself is
/// killed, the kernel closes it and the node stops.
struct NodeProcess: Sendable {
  let name: String
  let executable: URL
  let configuration: URL
  let log: URL

  /// Runs the node to its end. `ready` is called once, when both its doors are open.
  /// - Throws: ``DemoError`` with the last line of the node's log when it ends with a failure.
  func run(ready: @Sendable (Node.Ready) async -> Void) async throws {
    var platform = PlatformOptions()
    // A process group of its own: Ctrl-C at the terminal reaches the demo, and the demo stops its nodes, once each.
    platform.processGroupID = 0
    platform.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
    let descriptor = try FileDescriptor.open(
      FilePath(log.path), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    let result = try await Subprocess.run(
      .path(FilePath(executable.path)),
      arguments: ["node", "run", "--config", configuration.path, "--lifeline", "--format", "json"],
      platformOptions: platform,
      input: .inputWriter,
      output: .sequence,
      error: .fileDescriptor(descriptor, closeAfterSpawningProcess: true)
    ) { execution in
      for try await line in execution.standardOutput.strings() {
        if let status = try? JSONDecoder().decode(Node.Ready.self, from: Data(line.utf8)) {
          await ready(status)
        }
      }
    }
    guard result.terminationStatus.isSuccess else {
      throw DemoError(.unavailable, "\(name) ended with \(result.terminationStatus): \(lastLogLine())")
    }
  }

  private func lastLogLine() -> String {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").last.map(String.init) ?? "nothing in its log"
  }
}
