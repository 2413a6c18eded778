import Foundation
import Testing

/// `ca serve` when its intermediate was stolen: rotated, and revoked.
@Suite(.serialized, .timeLimit(.minutes(3))) struct CompromisedIntermediateTests {
  private func tacet(_ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, arguments)
  }

  private func enrol(_ authority: AuthorityOnDisk, _ port: Int, _ id: String, out: String) async throws {
    let made = try await tacet("ca", "token", "--id", id, "--state", authority.path("state"), "--format", "json").json()
    let token = try authority.write(try #require(made["token"] as? String), to: "token-\(UUID().uuidString)")
    let result = try await tacet(
      "node", "enrol", "--authority", "127.0.0.1:\(port)", "--token", token, "--out", authority.path(out), "--state",
      authority.path("node"))
    try #require(result.status == 0, "\(result.errors)")
  }

  /// Whether what the server shows holds against the revocation lists.
  private func shown(_ authority: AuthorityOnDisk, _ port: Int) async throws -> Bool {
    try await authority.succeed("bundle", "--out", authority.path("bundle.pem"))
    let script =
      "openssl s_client -connect 127.0.0.1:\(port) -alpn http/1.1 -showcerts </dev/null 2>/dev/null"
      + " | sed -n '/BEGIN CERT/,/END CERT/p' > shown.pem"
    _ = try await Tacet.run(URL(fileURLWithPath: "/bin/sh"), ["-c", "cd \"$0\" && \(script)", authority.folder.path])
    let result = try await tacet(
      "verify", "chain", "--roots", authority.path("bundle.pem"), "--leaf", authority.path("shown.pem"), "--crl",
      authority.path("all.crl"), "--expect-id", "spiffe://city.example/authority/ca")
    return result.status == 0
  }

  @Test func theAuthorityIsStillBelievedAndWhatTheThiefMayHaveSignedIsNotRenewed() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    try await enrol(authority, server.enrol, "camera/site-1", out: "old")
    try await authority.succeed("rotate")
    try await authority.succeed("revoke", "--intermediate", "1", "--reason", "keyCompromise")
    try await authority.succeed("crl", "--root", "--out", authority.path("roots.crl"))
    try await authority.succeed("crl", "--out", authority.path("leaves.crl"))
    let lists = try ["roots.crl", "leaves.crl"].map { try String(contentsOf: authority.file($0), encoding: .utf8) }
    try authority.write(lists.joined(), to: "all.crl")
    var isBelieved = false
    for _ in 0..<20 where !isBelieved {
      isBelieved = try await shown(authority, server.listen)
      try await Task.sleep(for: .milliseconds(300))
    }
    #expect(isBelieved, "the server still shows a certificate of the intermediate that is revoked")

    let refused = try await tacet(
      "node", "renew", "--authority", "127.0.0.1:\(server.listen)", "--identity", authority.path("old"))
    #expect(refused.status == 77, "\(refused.status) \(refused.errors)")
    try await enrol(authority, server.enrol, "camera/site-1", out: "new")
    let renewed = try await tacet(
      "node", "renew", "--authority", "127.0.0.1:\(server.listen)", "--identity", authority.path("new"))
    #expect(renewed.status == 0, "\(renewed.errors)")
    #expect(server.stop() == 0)
  }
}
