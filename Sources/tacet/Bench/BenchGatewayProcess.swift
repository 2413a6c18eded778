import ArgumentParser
import Foundation
import Synchronization
import TacetMesh

/// `tacet bench gateway`: the process of a bench's gateway; `bench rpc` starts it.
struct BenchGatewayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gateway", abstract: "The gateway that `bench rpc` measures.", shouldDisplay: false)

  @Option var folder: String
  @Option var beat: String
  @Option var connections: Int

  func run() async throws {
    ProcessLimits.raiseOpenFiles()
    guard let beat = BenchGateway.Beat(rawValue: beat) else { throw ValidationError("--beat is policy or none") }
    let gateway = try BenchGateway(
      URL(fileURLWithPath: folder, isDirectory: true), beat: beat, connections: connections)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await gateway.run { ports in
          print(String(decoding: (try? JSONEncoder().encode(ports)) ?? Data(), as: UTF8.self))
          fflush(nil)
        }
      }
      group.addTask { await Lifeline().hold() }
      try await group.next()
      group.cancelAll()
    }
  }
}

/// A gateway in a process of its own, which ends with this one at the latest.
struct BenchGatewayProcess: ~Copyable {
  let ports: BenchGateway.Ports
  private let process: Process
  private let lifeline: Pipe

  /// Starts it and waits until its doors are open.
  init(_ folder: URL, beat: BenchGateway.Beat, connections: Int = 64) throws {
    process = Process()
    lifeline = Pipe()
    let output = Pipe()
    process.executableURL = try ProjectFolder.executable()
    process.arguments = [
      "bench", "gateway", "--folder", folder.path, "--beat", beat.rawValue, "--connections", "\(connections)",
    ]
    process.standardInput = lifeline
    process.standardOutput = output
    try process.run()
    let line = output.fileHandleForReading.availableData
    guard let ports = try? JSONDecoder().decode(BenchGateway.Ports.self, from: line) else {
      process.terminate()
      throw MeshError.unavailable("the bench's gateway did not start")
    }
    self.ports = ports
  }

  deinit {
    try? lifeline.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
