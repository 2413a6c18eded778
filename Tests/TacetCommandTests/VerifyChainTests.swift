import Foundation
import IdentityFixtures
import Testing

/// `tacet verify chain`: the verdict on each chain of `Fixtures/identity`, and the documented exit statuses.
@Suite struct VerifyChainTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("verify-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  private func run(_ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, ["verify", "chain", "--format", "json"] + arguments)
  }

  private static func file(_ name: String) -> String { IdentityFixtures.folder.appendingPathComponent(name).path }

  @Test func fixtures() async throws {
    let fixtures = try IdentityFixtures.load()
    for example in fixtures.cases {
      let lists = example.listFile.map { ["--crl", $0.path] } ?? []
      let result = try await Tacet.run(
        Tacet.executable,
        [
          "verify", "chain", "--format", "json", "--at", fixtures.at, "--roots", example.rootsFile.path, "--leaf",
          example.chainFile.path,
        ] + lists)
      guard example.rule != "bad_input" else {
        #expect(result.status == 65, "\(example)")
        continue
      }
      let report = try result.json()
      #expect(result.status == (example.rule == nil ? 0 : 1), "\(example): \(result.errors)")
      #expect(report["valid"] as? Bool == (example.rule == nil), "\(example)")
      #expect(report["rule"] as? String == example.rule, "\(example)")
      #expect(report["spiffe_id"] as? String == (example.rule == nil ? fixtures.spiffeId : nil), "\(example)")
      #expect((report["reason"] as? String == nil) == (example.rule == nil), "\(example)")
    }
  }

  @Test func expectedPeer() async throws {
    let base = ["--at", "2026-06-01T00:00:00Z", "--roots", Self.file("roots.pem"), "--leaf", Self.file("good.pem")]
    for (id, rule) in [
      ("camera/site-1", nil), ("spiffe://mesh.example/camera/site-1", nil), ("camera/site-2", "unexpected_peer"),
      ("spiffe://other.example/camera/site-1", "trust_domain"),
    ] {
      let arguments = ["verify", "chain", "--format", "json"] + base + ["--expect-id", id]
      let result = try await Tacet.run(Tacet.executable, arguments)
      #expect(result.status == (rule == nil ? 0 : 1))
      #expect(try result.json()["rule"] as? String == rule)
    }
  }

  /// The leaf alone, with its intermediate in a file of its own.
  @Test func intermediatesApart() async throws {
    let text = try String(contentsOfFile: Self.file("good.pem"), encoding: .utf8)
    let end = "-----END CERTIFICATE-----\n"
    let parts = text.components(separatedBy: end).filter { !$0.isEmpty }.map { $0 + end }
    try #require(parts.count == 2)
    let (leaf, above) = (folder.appendingPathComponent("leaf.pem"), folder.appendingPathComponent("above.pem"))
    try parts[0].write(to: leaf, atomically: true, encoding: .utf8)
    try parts[1].write(to: above, atomically: true, encoding: .utf8)
    let at = "2026-06-01T02:00:00.5+02:00"
    let alone = try await run("--at", at, "--roots", Self.file("roots.pem"), "--leaf", leaf.path)
    #expect(try alone.json()["rule"] as? String == "untrusted")
    let both = try await run(
      "--at", at, "--roots", Self.file("roots.pem"), "--leaf", leaf.path, "--intermediates", above.path)
    #expect(try both.json()["valid"] as? Bool == true)
  }

  /// Roots that name no trust domain: the leaf's counts, and one without is refused for what it lacks.
  @Test func trustDomainOfTheLeaf() async throws {
    let roots = Self.file("nameless-roots.pem")
    for (name, rule) in [("good", nil), ("name-none", "uri_names"), ("name-port", "spiffe_id")] {
      let result = try await run(
        "--at", "2026-06-01T00:00:00Z", "--roots", roots, "--leaf", Self.file("\(name).pem"))
      #expect(try result.json()["rule"] as? String == rule)
    }
  }

  @Test func statuses() async throws {
    let (roots, leaf) = (Self.file("roots.pem"), Self.file("good.pem"))
    let garbage = folder.appendingPathComponent("garbage").path
    try "garbage".write(toFile: garbage, atomically: true, encoding: .utf8)
    let missing = folder.appendingPathComponent("missing").path
    for (arguments, status) in [
      (["--leaf", leaf], 64), (["--roots", roots, "--leaf", leaf, "--at", "yesterday"], 64),
      (["--roots", roots, "--leaf", missing], 66), (["--roots", missing, "--leaf", leaf], 66),
      (["--roots", roots, "--leaf", leaf, "--crl", missing], 66), (["--roots", garbage, "--leaf", leaf], 65),
      (["--roots", roots, "--leaf", garbage], 65), (["--roots", roots, "--leaf", leaf, "--crl", garbage], 65),
      (["--roots", leaf, "--leaf", leaf], 65), (["--roots", roots, "--leaf", leaf, "--expect-id", "a"], 65),
      (["--roots", roots, "--leaf", leaf, "--trust-domain", "Mesh"], 65),
    ] as [([String], Int32)] {
      let result = try await Tacet.run(Tacet.executable, ["verify", "chain", "--format", "json"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
      #expect(!result.errors.isEmpty)
    }
  }
}
