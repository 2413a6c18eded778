import Foundation
import Testing

/// A `tacet ca serve` in the background.
final class RunningAuthority: Sendable {
  /// The enrolment port.
  let enrol: Int
  /// The port for those who have a certificate.
  let listen: Int
  private let command: BackgroundCommand

  /// Starts it and waits until its ports are open.
  /// - Parameters:
  ///   - state: the state folder.
  ///   - passphrase: the file with its passphrase.
  ///   - log: where what it says on standard error goes.
  init(state: URL, passphrase: URL, log: URL? = nil, _ arguments: [String] = []) async throws {
    command = try await BackgroundCommand(
      [
        "ca", "serve", "--enrol", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--ip", "127.0.0.1", "--dns", "localhost",
        "--state", state.path, "--passphrase-file", passphrase.path,
      ] + arguments, log: log)
    enrol = try #require(command.ports["enrol"])
    listen = try #require(command.ports["listen"])
  }

  /// Starts that of a folder.
  convenience init(_ authority: AuthorityOnDisk, _ arguments: String...) async throws {
    try await self.init(state: authority.file("state"), passphrase: authority.file("passphrase"), arguments)
  }

  /// Starts that of a bench.
  convenience init(_ bench: Bench, _ arguments: String...) async throws {
    try await self.init(state: bench.authority, passphrase: bench.passphrase, arguments)
  }

  /// Ends it as a crash would.
  func killHard() { command.killHard() }

  /// Stops it politely; returns its exit status.
  @discardableResult
  func stop() -> Int32 { command.stop() }
}
