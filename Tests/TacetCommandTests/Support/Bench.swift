import Foundation
import Testing

/// A small mesh on disk, set up with the command alone: a CA, a gateway, a site, an administrator.
final class Bench: Sendable {
  let folder: URL

  /// Sets up the certificates; each bench has a folder of its own.
  init() async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-test-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try "correct horse battery staple\n".write(to: passphrase, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: passphrase.path)
    try await succeed("ca", "init", "--trust-domain", "city.example")
    for id in ["gateway/gateway-1", "camera/site-1", "controller/site-1", "camera/site-2", "admin/alice"] {
      try await issue(id)
    }
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  var passphrase: URL { folder.appendingPathComponent("passphrase") }
  var authority: URL { folder.appendingPathComponent("authority") }

  /// Where the certificate of `id` is.
  func identity(_ id: String) -> URL { folder.appendingPathComponent("identities/\(id)") }

  /// A file of this bench.
  func file(_ path: String) -> URL { folder.appendingPathComponent(path) }

  /// Runs a `ca` command with this bench's state and passphrase; it must succeed.
  @discardableResult
  func succeed(_ arguments: String...) async throws -> Tacet.Result {
    let result = try await Tacet.run(
      Tacet.executable,
      arguments + ["--state", authority.path, "--passphrase-file", passphrase.path, "--format", "json"])
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  /// Issues a certificate that is good for this machine's addresses.
  func issue(_ id: String, arguments: String...) async throws {
    let home = identity(id)
    try FileManager.default.createDirectory(
      at: home.deletingLastPathComponent(), withIntermediateDirectories: true)
    let result = try await Tacet.run(
      Tacet.executable,
      [
        "ca", "issue", "--id", id, "--dns", "localhost", "--ip", "127.0.0.1", "--out", home.path,
        "--state", authority.path, "--passphrase-file", passphrase.path,
      ] + arguments)
    try #require(result.status == 0, "\(result.errors)")
  }

  /// The certificates that were issued.
  func list() async throws -> [[String: Any]] {
    let result = try await Tacet.run("ca", "list", "--state", authority.path, "--format", "json")
    try #require(result.status == 0, "\(result.errors)")
    return try #require(try result.json()["certificates"] as? [[String: Any]])
  }

  /// Writes the policy: the project's own, with a few words replaced.
  func writePolicy(replacing words: [String: String] = [:]) throws -> URL {
    var text = try String(
      contentsOf: Tacet.project.appendingPathComponent("Policies/strict.yaml"), encoding: .utf8)
    for (old, new) in words {
      try #require(text.contains(old), "the policy has no \(old)")
      text = text.replacingOccurrences(of: old, with: new)
    }
    let policy = file("policy.yaml")
    try text.write(to: policy, atomically: true, encoding: .utf8)
    return policy
  }

  /// Writes a gateway's configuration.
  func writeGateway(
    name: String = "gateway-1", model: URL? = nil, link: Int = 0, state: String = "gateway-state", start: Date = Date(),
    further: String = ""
  ) throws -> URL {
    try write(
      """
      node: gateway
      name: \(name)
      policy: policy.yaml
      model: \((model ?? Self.model).path)
      state: \(state)
      identity: {gateway: identities/gateway/\(name)}
      listen: {host: 127.0.0.1, link: \(link), grpc: 0}
      schedule: {start: "\(start.formatted(.iso8601))", steps_per_run: 115}
      \(further)

      """, to: "\(name).yaml")
  }

  /// Writes a site's configuration, with real sensor data of the project.
  /// - Parameters:
  ///   - sensor: what the sensor records of `data` [runs, bins, sites, features], in numpy's words.
  ///   - model: another model pack than the project's.
  func writeSite(
    gateway ports: Int..., steps: Int? = nil, start: Date = Date(), store: String? = nil, model: URL? = nil,
    sensor: String = "data[:, :, 0, :]", stepsPerRun: Int = 115, further: String = ""
  ) async throws -> URL {
    let recording = file("sensor.npy")
    if !FileManager.default.fileExists(atPath: recording.path) {
      let script = """
        import numpy, sys
        data = numpy.load(sys.argv[1])
        numpy.save(sys.argv[2], \(sensor).copy())
        """
      let python = Tacet.project.appendingPathComponent(".tools/python/bin/python")
      let result = try await Tacet.run(
        python, ["-c", script, Tacet.project.appendingPathComponent("Fixtures/traffic/test.npy").path, recording.path])
      try #require(result.status == 0, "\(result.errors)")
    }
    return try write(
      """
      node: site
      name: site-1
      policy: policy.yaml
      model: \((model ?? Self.model).path)
      state: site-state
      identity: {camera: identities/camera/site-1, controller: identities/controller/site-1}
      listen: {host: 127.0.0.1, link: 0, grpc: 0}
      schedule: {start: "\(start.formatted(.iso8601))"\(steps.map { ", steps: \($0)" } ?? ""), steps_per_run: \(stepsPerRun)}
      sensor: {recording: sensor.npy}
      gateways:
      \(ports.enumerated().map { "  gateway/gateway-\($0 + 1): 127.0.0.1:\($1)" }.joined(separator: "\n"))
      \(store.map { "store: '\($0)'" } ?? "")
      \(further)

      """, to: "site.yaml")
  }

  /// Asks a node with Python's gRPC.
  /// - Parameter identity: whose certificate is shown; nil shows none.
  func python(_ port: Int, identity: String?, _ question: [String]) async throws -> Tacet.Result {
    let home = self.identity(identity ?? "controller/site-1")
    let credentials =
      identity == nil
      ? []
      : ["--cert", home.appendingPathComponent("cert.pem").path, "--key", home.appendingPathComponent("key.pem").path]
    return try await Tacet.run(
      Tacet.project.appendingPathComponent(".tools/python/bin/python"),
      [
        Tacet.project.appendingPathComponent("Tests/Interop/encode_client.py").path, "--target", "localhost:\(port)",
        "--root", home.appendingPathComponent("bundle.pem").path, "--message-bytes", "1024",
      ] + question + credentials)
  }

  /// The project's model pack.
  static var model: URL { Tacet.project.appendingPathComponent("Fixtures/models/traffic") }

  private func write(_ text: String, to path: String) throws -> URL {
    let url = file(path)
    try text.write(to: url, atomically: true, encoding: .utf8)
    return url
  }
}
