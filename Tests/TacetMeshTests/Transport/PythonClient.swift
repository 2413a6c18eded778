import Foundation

/// `Tests/Interop/encode_client.py`, or another client like it, with the interpreter named in `TACET_TEST_PYTHON` (needs grpcio and grpcio-tools).
enum PythonClient {
  private static let python = ProcessInfo.processInfo.environment["TACET_TEST_PYTHON"]

  /// Whether the interpreter is named.
  static var isInstalled: Bool { python != nil }

  static func run(
    _ port: Int, _ files: URL, _ arguments: [String], presentsCertificate: Bool = true,
    script name: String = "encode_client.py"
  ) async throws -> (status: Int32, output: String) {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Interop/\(name)").standardized.path
    let path = { (name: String) in files.appending(path: name).path }
    var all = [script, "--target", "localhost:\(port)", "--root", path("bundle.pem"), "--message-bytes", "2048"]
    if presentsCertificate { all += ["--cert", path("cert.pem"), "--key", path("key.pem")] }
    return try await Command(python ?? "/usr/bin/python3", all + arguments).end()
  }
}
