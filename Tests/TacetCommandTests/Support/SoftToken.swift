import Foundation
import Testing

/// A PKCS #11 token made of files (SoftHSM2), with key pairs made by pkcs11-tool.
struct SoftToken {
  /// What the PIN is.
  static let pin = "4711-0815"

  private static let modules = [
    "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so",
  ]
  /// The shared library; nil where SoftHSM2 is not installed.
  static let module = modules.first { FileManager.default.fileExists(atPath: $0) }
  /// Whether tokens can be made here: `Scripts/bootstrap --test` sees to it.
  static let isInstalled = module != nil && ["softhsm2-util", "pkcs11-tool"].allSatisfy(isFound)

  private static func isFound(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  private let folder: URL
  private var configuration: URL { folder.appendingPathComponent("softhsm2.conf") }
  /// Where the token's files are.
  var files: URL { folder.appendingPathComponent("tokens", isDirectory: true) }

  /// Makes an initialised token in a folder that is there.
  init(in folder: URL) async throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    try Data("directories.tokendir = \(files.path)\nobjectstore.backend = file\nlog.level = ERROR\n".utf8)
      .write(to: configuration)
    try await add("ca")
  }

  /// Makes another token.
  func add(_ label: String) async throws {
    let made = try await run([
      "softhsm2-util", "--init-token", "--free", "--label", label, "--pin", Self.pin, "--so-pin", "12345678",
    ])
    try #require(made.status == 0, "\(made.errors)")
  }

  /// Makes a key pair.
  func makeKey(_ label: String, type: String = "EC:prime256v1") async throws {
    // The two halves of a pair share an identifier.
    let identifier = label.utf8.map { String(format: "%02x", $0) }.joined()
    try await tool("--keypairgen", "--key-type", type, "--label", label, "--id", identifier, "--usage-sign")
  }

  /// Runs pkcs11-tool, logged in.
  func tool(_ arguments: String...) async throws {
    let result = try await run(
      ["pkcs11-tool", "--module", Self.module ?? "", "--token-label", "ca", "--login", "--pin", Self.pin] + arguments)
    try #require(result.status == 0, "\(result.output)\(result.errors)")
  }

  /// The URI of a key.
  func uri(_ label: String, token: String = "ca") -> String {
    "pkcs11:token=\(token);object=\(label)?module-path=\(Self.module ?? "")"
  }

  /// Runs a program that is to find this token.
  func run(_ command: [String]) async throws -> Tacet.Result {
    try await Tacet.run(URL(fileURLWithPath: "/usr/bin/env"), ["SOFTHSM2_CONF=\(configuration.path)"] + command)
  }
}
