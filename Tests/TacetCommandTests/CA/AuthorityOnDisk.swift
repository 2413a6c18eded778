import Foundation
import Testing

/// An authority made by the command, in a folder of its own.
final class AuthorityOnDisk: Sendable {
  let folder: URL

  /// - Parameter isMade: whether `ca init` has run.
  init(isMade: Bool = true) async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-ca-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try write("correct horse battery staple\n", to: "passphrase")
    if isMade { try await succeed("init", "--trust-domain", "city.example") }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  func path(_ name: String) -> String { file(name).path }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: file(name))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path(name))
    return path(name)
  }

  /// The arguments of a `ca` command of this authority.
  func arguments(_ arguments: [String], passphrase: String = "passphrase") -> [String] {
    let withoutPassphrase = ["list", "bundle", "log"].contains(arguments.first ?? "")
    return ["ca"] + arguments + ["--state", path("state"), "--format", "json"]
      + (withoutPassphrase ? [] : ["--passphrase-file", path(passphrase)])
  }

  /// Runs a `ca` command.
  func run(_ arguments: String..., passphrase: String = "passphrase") async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, self.arguments(arguments, passphrase: passphrase))
  }

  /// Runs a `ca` command, which must succeed.
  @discardableResult
  func succeed(_ arguments: String...) async throws -> [String: Any] {
    let result = try await Tacet.run(Tacet.executable, self.arguments(arguments))
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return try result.json()
  }

  /// Runs `openssl` in the folder; what it says.
  @discardableResult
  func openssl(_ arguments: String..., succeeds: Bool = true) async throws -> String {
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", "cd \"$0\" && exec openssl \"$@\"", folder.path] + arguments)
    try #require((result.status == 0) == succeeds, "openssl \(arguments): \(result.output)\(result.errors)")
    return result.output + result.errors
  }

  /// Makes a request with openssl.
  func request(
    _ name: String, key: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], subject: String = "/",
    extensions: [String] = []
  ) async throws {
    let arguments =
      ["req", "-new", "-newkey"] + key
      + ["-nodes", "-keyout", "\(name).key", "-subj", subject, "-out", "\(name).csr"]
      + extensions.flatMap { ["-addext", $0] }
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", "cd \"$0\" && exec openssl \"$@\"", folder.path] + arguments)
    try #require(result.status == 0, "\(result.errors)")
  }

  /// What `ca list` lists.
  func list(_ arguments: String...) async throws -> [[String: Any]] {
    let result = try await Tacet.run(Tacet.executable, self.arguments(["list"] + arguments))
    try #require(result.status == 0, "\(result.errors)")
    return try #require(try result.json()["certificates"] as? [[String: Any]])
  }
}
