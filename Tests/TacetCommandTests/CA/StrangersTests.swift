import Foundation
import Testing

/// What those without a certificate can do to `ca serve`, and what they cannot do to those who have one.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StrangersTests {
  private func statuses(_ authority: AuthorityOnDisk, _ count: Int, _ arguments: String...) async throws -> [String] {
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"),
      [
        "-c",
        "cd \"$0\" && n=$1 && shift && for i in $(seq \"$n\"); do curl -s --max-time 20 -o /dev/null -w '%{http_code}\\n' \"$@\"; done",
        authority.folder.path, "\(count)",
      ] + arguments)
    return result.output.split(separator: "\n").map(String.init)
  }

  /// From the same address.
  @Test func aFloodOfStrangersKeepsNoRenewalOut() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority, "--rate", "1", "--burst", "4")
    for name in ["site-1", "site-2"] {
      try await authority.succeed("issue", "--id", "camera/\(name)", "--out", authority.path(name))
    }
    let enrol = "https://localhost:\(server.enrol)/v1"
    let ca = ["--cacert", "site-1/bundle.pem"]
    let flood = try await statuses(authority, 8, ca[0], ca[1], "-d", "{}", "\(enrol)/enrol")
    #expect(flood.contains("429"), "\(flood)")
    // What costs a search or a signature is counted too.
    for path in ["ocsp/AA", "proof/\(String(repeating: "0", count: 64))"] {
      #expect(try await statuses(authority, 3, ca[0], ca[1], "\(enrol)/\(path)").contains("429"))
    }
    let renewed = try await Tacet.run(
      Tacet.executable,
      ["node", "renew", "--authority", "127.0.0.1:\(server.listen)", "--identity", authority.path("site-1")])
    #expect(renewed.status == 0, "\(renewed.errors)")

    // One with a certificate has an allowance of his own, and no more.
    let listen = "https://localhost:\(server.listen)/v1"
    let own = ["--cert", "site-2/cert.pem", "--key", "site-2/key.pem"]
    let asked = try await statuses(
      authority, 8, ca[0], ca[1], own[0], own[1], own[2], own[3], "-d", "{}", "\(listen)/renew")
    #expect(asked.first == "400" && asked.contains("429"), "\(asked)")
  }

  /// A device of the mesh, under the same root.
  @Test func whoIsNotTheAuthorityGetsNoToken() async throws {
    let authority = try await AuthorityOnDisk()
    try await authority.succeed("issue", "--id", "camera/site-1", "--out", authority.path("site-1"))
    let state = authority.path("state")
    let made = try await Tacet.run(
      Tacet.executable, ["ca", "token", "--id", "camera/site-2", "--state", state, "--format", "json"]
    ).json()
    try authority.write(try #require(made["token"] as? String), to: "token")
    let script = """
      cat site-1/cert.pem site-1/bundle.pem > chain.pem
      openssl s_server -accept 127.0.0.1:0 -cert site-1/cert.pem -cert_chain chain.pem -key site-1/key.pem \
        -alpn http/1.1 -tls1_3 > said 2>&1 < /dev/zero &
      for i in $(seq 100); do grep -q ^ACCEPT said && break; sleep 0.1; done
      "$1" node enrol --authority "127.0.0.1:$(sed -n 's/^ACCEPT.*://p' said)" --token token --out out --state node
      status=$?
      kill $!
      exit $status
      """
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", "cd \"$0\"\n\(script)", authority.folder.path, Tacet.executable.path])
    #expect(result.status == 77 && result.errors.contains("authority/ca"), "\(result.status) \(result.errors)")
    let said = try String(contentsOf: authority.file("said"), encoding: .isoLatin1)
    #expect(said.contains("ACCEPT") && !said.contains("tacet1."), "\(said)")
  }

  /// Who has a certificate renews it.
  @Test func enrolmentIsAtItsOwnPort() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    try await authority.succeed("issue", "--id", "camera/site-1", "--out", authority.path("site-1"))
    let asked = try await statuses(
      authority, 1, "--cacert", "site-1/bundle.pem", "--cert", "site-1/cert.pem", "--key", "site-1/key.pem", "-d",
      "{\"token\":\"x\",\"csr\":\"y\"}", "https://localhost:\(server.listen)/v1/enrol")
    #expect(asked == ["404"])
  }
}
