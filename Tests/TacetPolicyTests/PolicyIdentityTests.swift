import Crypto
import Foundation
import TacetDocument
import TacetIdentity
import TacetLog
import Testing

@testable import TacetPolicy

/// The policy's sections `identity` and `ids`.
@Suite struct PolicyIdentityTests {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Policies/strict.yaml")

  /// The traffic policy with a line more.
  private func load(_ line: String) throws -> Policy {
    let text = try String(contentsOf: Self.file, encoding: .utf8)
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: copy) }
    try (text + "\n" + line + "\n").write(to: copy, atomically: true, encoding: .utf8)
    return try Policy.load(from: copy)
  }

  @Test(arguments: ["", "identity: {}"]) func absent(line: String) throws {
    let identity = try load(line).identity
    #expect(identity.revocation == .none)
    #expect(identity.grace == .seconds(3600))
    #expect(identity.refresh == .seconds(2))
    #expect(identity.log == nil)
    #expect(!identity.requiresPostQuantum)
  }

  @Test func present() throws {
    let key = try NoteVerifier(name: "tacet-ca/city.example", publicKey: Curve25519.Signing.PrivateKey().publicKey)
      .description
    let identity = try load(
      "identity: {revocation: path, crl_grace: 0s, refresh: 500ms, require_logged: true, log_key: \"\(key)\", require_pq: true}"
    ).identity
    #expect(identity.revocation == .path)
    #expect(identity.grace == .zero)
    #expect(identity.refresh == .milliseconds(500))
    #expect(identity.log?.description == key)
    #expect(identity.requiresPostQuantum)
    #expect(try load("identity: {revocation: leaf}").identity.revocation == .leaf)
    #expect(try load("identity: {log_key: \"\(key)\"}").identity.log == nil)
  }

  @Test(arguments: [
    "identity: {revocation: off}", "identity: {revocation: [leaf]}", "identity: {crl_grace: 1}",
    "identity: {crl_grace: 31d}",
    "identity: {refresh: 0s}", "identity: {refresh: 2h}", "identity: {require_logged: true}",
    "identity: {require_logged: yes}", "identity: {log_key: nonsense}", "identity: {require_pq: 1}",
    "identity: {revocations: leaf}", "identity: leaf", "ids: {camera: [release]}", "ids: {camera/a: [anything]}",
    "ids: {camera/a: release}", "ids: {/a: []}", "ids: {camera/a/b: []}", "ids: {spiffe://city.example/camera/a: []}",
  ])
  func refuses(line: String) throws {
    do {
      _ = try load(line)
      Issue.record("accepted: \(line)")
    } catch let error as DocumentError {
      #expect(error.kind == .malformed)
      #expect(error.line != nil, "\(error)")
    }
  }

  @Test func anIDHasExactlyWhatIsSaidOfIt() throws {
    let policy = try load("ids: {camera/site-5: [status], gateway/gateway-9: []}")
    let domain = try TrustDomain("city.example")
    let operations = { (path: String) in policy.operations(of: try SPIFFEID(trustDomain: domain, path: path)) }
    #expect(try operations("camera/site-5") == [.status])
    #expect(try operations("camera/site-4") == [.release])
    #expect(try operations("gateway/gateway-9").isEmpty)
    #expect(try operations("admin/alice") == policy.operations(of: "admin"))
  }
}
