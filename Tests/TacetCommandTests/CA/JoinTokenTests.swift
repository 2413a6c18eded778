import Foundation
import Testing

/// `tacet ca token`, and `verify chain` with a proof.
@Suite struct JoinTokenTests {
  private func run(_ authority: AuthorityOnDisk, _ arguments: String..., format: String = "json") async throws
    -> Tacet.Result
  {
    try await Tacet.run(
      Tacet.executable,
      ["ca", "token"] + arguments + ["--state", authority.path("state"), "--format", format])
  }

  @Test func madeListedTakenBack() async throws {
    let authority = try await AuthorityOnDisk()
    let made = try await run(authority, "--id", "camera/site-1", "--dns", "a.example", "--valid-for", "1h").json()
    let token = try #require(made["token"] as? String)
    let id = try #require(made["token_id"] as? String)
    let form = /tacet1\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}\.city\.example/
    #expect(token.wholeMatch(of: form) != nil)
    #expect(token.split(separator: ".")[1] == id)
    #expect(made["spiffe_id"] as? String == "spiffe://city.example/camera/site-1")
    let text = try await run(authority, "--id", "camera/site-2", format: "text")
    #expect(text.output.split(separator: "\n").count == 1 && text.output.hasPrefix("tacet1."))
    let listed = try await run(authority, "list")
    let secret = token.split(separator: ".")[2]
    #expect(listed.output.contains(id) && !listed.output.contains(secret))
    #expect(try await run(authority, "revoke", id).status == 0)
    #expect(try await run(authority, "revoke", id).status == 66)
    #expect(try await (run(authority, "list").json()["tokens"] as? [Any])?.count == 1)
  }

  @Test func refused() async throws {
    let authority = try await AuthorityOnDisk()
    for (arguments, status) in [
      (["--id", "authority/ca"], 77), (["--id", "camera"], 65), (["--id", "a/b", "--ttl", "1s"], 64),
      (["--id", "a/b", "--valid-for", "1s"], 64), (["--id", "a/b", "--dns", "-"], 65),
      (["--id", "a/b", "--profile", "none"], 66), ([], 64),
    ] {
      let result = try await Tacet.run(
        Tacet.executable, ["ca", "token"] + arguments + ["--state", authority.path("state")])
      #expect(result.status == Int32(status), "\(arguments): \(result.status) \(result.errors)")
      #expect(result.output.isEmpty)
    }
    let issued = try await authority.run("issue", "--id", "authority/ca", "--out", authority.path("x"))
    #expect(issued.status == 77)
  }

  @Test func provedToBeLogged() async throws {
    let authority = try await AuthorityOnDisk()
    let issued = try await authority.succeed("issue", "--id", "camera/site-1", "--out", authority.path("a"))
    let other = try await authority.succeed("issue", "--id", "camera/site-2", "--out", authority.path("b"))
    for (name, result) in [("a.proof", issued), ("b.proof", other)] {
      let serial = try #require(result["serial"] as? String)
      try await authority.succeed("log", "prove", "--serial", serial, "--out", authority.path(name))
    }
    for (proof, rule) in [("a.proof", nil), ("b.proof", "not_logged_other_entry"), (nil, "not_logged")] {
      let arguments = [
        "verify", "chain", "--format", "json", "--roots", authority.path("a/bundle.pem"), "--leaf",
        authority.path("a/cert.pem"), "--log-key", authority.path("state/ca/log.pub"),
      ]
      let result = try await Tacet.run(
        Tacet.executable, arguments + (proof.map { ["--proof", authority.path($0)] } ?? []))
      #expect(result.status == (rule == nil ? 0 : 1), "\(result.errors)")
      #expect(try result.json()["rule"] as? String == rule)
    }
  }
}
