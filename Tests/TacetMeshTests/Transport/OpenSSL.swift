import Foundation
import TacetMesh
import TacetTransport

/// Another TLS implementation, `openssl s_client`, at a door.
enum OpenSSL {
  /// Whether this machine has it.
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  /// Connects, sends zeros, stays until something holds (for a while at most) and says what it saw.
  static func connect(
    _ address: Endpoint, _ arguments: [String], send count: Int = 0, until holds: () -> Bool
  ) async throws -> String {
    let command = try Command("/usr/bin/openssl", ["s_client", "-connect", "\(address)"] + arguments)
    if count > 0 { try command.input.write(contentsOf: Data(count: count)) }
    _ = await eventually(holds)
    return try await command.end().output
  }
}
