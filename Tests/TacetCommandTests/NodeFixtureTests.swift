import Crypto
import Foundation
import IdentityFixtures
import NIOSSL
import Testing

/// The chains of `Fixtures/identity`, presented to a running node at both doors: its log names the rule that each breaks.
///
/// A node judges by the clock of today, not by that of the fixtures: those whose verdict depends on the time between are left to the
/// tests of the doors (`HandshakeFixtureTests`), by name.
@Suite(.serialized, .timeLimit(.minutes(10))) struct NodeFixtureTests {
  /// Good, or bad for another reason, at the fixtures' own time.
  private static let ofTheirTime: Set = [
    "good-list", "leaf-not-yet-valid", "list-missing", "list-not-yet-issued", "path-root-not-yet-valid",
  ]

  /// Which roots and lists a node is started with.
  struct Trust: Hashable, CustomTestStringConvertible {
    let roots: URL
    let list: URL?
    var testDescription: String { "\(roots.lastPathComponent) \(list?.lastPathComponent ?? "")" }
  }

  private static func cases() throws -> [Trust: [IdentityFixtures.Case]] {
    let all = try IdentityFixtures.load().cases.filter { $0.handshake && !ofTheirTime.contains($0.name) }
    return Dictionary(grouping: all) { Trust(roots: $0.rootsFile, list: $0.listFile) }
  }

  @Test(arguments: try cases().keys.sorted { $0.testDescription < $1.testDescription })
  func refusedForItsRule(trust: Trust) async throws {
    let home = try await AuthorityOnDisk(isMade: false)
    let node = try await start(trust, in: home)
    defer { node.stop() }
    let key = try Self.key(in: home)
    let cases = try #require(try Self.cases()[trust])
    for example in cases {
      let chain = try NIOSSLCertificate.fromPEMFile(example.chainFile.path)
      for (port, name) in [(node.link, "tacet/1"), (node.grpc, "h2")] {
        let before = node.refusals.count
        let client = PresentingClient(chain: chain, key: key, applicationProtocol: name)
        let isOpen = try await client.staysOpen(at: port, for: example.rule == nil ? .milliseconds(500) : .seconds(10))
        #expect(isOpen == (example.rule == nil), "\(example) at \(name)")
        guard let rule = example.rule else {
          #expect(node.refusals.count == before, "\(example) at \(name): \(node.refusals.last ?? "")")
          continue
        }
        #expect(await Patience.wait { node.refusals.count == before + 1 }, "\(example) at \(name)")
        let line = node.refusals.last ?? ""
        #expect(line.contains("reason=certificate") && line.contains("rule=\(rule) "), "\(example) at \(name): \(line)")
      }
    }
  }

  /// A gateway of the fixtures' trust domain that trusts their roots, and its own.
  private func start(_ trust: Trust, in home: AuthorityOnDisk) async throws -> RunningNode {
    let fixtures = try IdentityFixtures.load()
    try await home.succeed("init", "--trust-domain", fixtures.trustDomain)
    try await home.succeed(
      "issue", "--id", "gateway/gateway-1", "--dns", "localhost", "--ip", "127.0.0.1", "--out", home.path("identity"))
    let bundle = home.file("identity/bundle.pem")
    let roots = try String(contentsOf: bundle, encoding: .utf8) + String(contentsOf: trust.roots, encoding: .utf8)
    try roots.write(to: bundle, atomically: true, encoding: .utf8)
    let policy = try String(
      contentsOf: Tacet.project.appendingPathComponent("Policies/strict.yaml"), encoding: .utf8)
    let demands = trust.list == nil ? "" : "\nidentity: {revocation: leaf, crl_grace: 0s}"
    try home.write(
      policy.replacingOccurrences(
        of: "trust_domain: city.example", with: "trust_domain: \(fixtures.trustDomain)\(demands)"),
      to: "policy.yaml")
    try home.write(
      """
      node: gateway
      name: gateway-1
      policy: policy.yaml
      model: \(Bench.model.path)
      state: gateway-state
      identity: {gateway: identity}
      listen: {host: 127.0.0.1, link: 0, grpc: 0}
      schedule: {start: "2026-01-01T00:00:00Z", steps_per_run: 115}
      \(trust.list.map { "crl: \($0.path)" } ?? "")

      """, to: "gateway.yaml")
    return try await RunningNode(configuration: home.file("gateway.yaml"), log: home.file("log"))
  }

  /// The key of the fixtures' leaves.
  private static func key(in home: AuthorityOnDisk) throws -> NIOSSLPrivateKey {
    let key = try P256.Signing.PrivateKey(
      rawRepresentation: Data(SHA256.hash(data: Data(IdentityFixtures.leafKeyWord.utf8))))
    return try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)
  }
}
