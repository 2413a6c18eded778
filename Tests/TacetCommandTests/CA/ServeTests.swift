import Foundation
import Testing

/// `ca serve`, and `node enrol` and `node renew` against it; curl and openssl beside them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ServeTests {
  private func token(_ authority: AuthorityOnDisk, _ arguments: String...) async throws -> String {
    let made = try await Tacet.run(
      Tacet.executable, ["ca", "token", "--state", authority.path("state"), "--format", "json"] + arguments
    ).json()
    return try authority.write(try #require(made["token"] as? String) + "\n", to: "token-\(UUID().uuidString)")
  }

  private func enrol(
    _ authority: AuthorityOnDisk, _ port: Int, token: String, out: String, state: String = "node"
  ) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable,
      [
        "node", "enrol", "--authority", "127.0.0.1:\(port)", "--token", token, "--out", authority.path(out), "--state",
        authority.path(state), "--format", "json",
      ])
  }

  private func renew(_ authority: AuthorityOnDisk, _ port: Int, _ folder: String) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable,
      ["node", "renew", "--authority", "127.0.0.1:\(port)", "--identity", authority.path(folder), "--format", "json"])
  }

  /// What curl gets: the status, then the body.
  private func curl(_ authority: AuthorityOnDisk, _ arguments: String...) async throws -> (status: String, body: String)
  {
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"),
      ["-c", "cd \"$0\" && exec curl -s --max-time 20 -w '\\n%{http_code}' \"$@\"", authority.folder.path] + arguments)
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
  }

  @Test func enrolledRenewedAndRevoked() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    let token = try await token(authority, "--id", "camera/site-1", "--dns", "site-1.example")
    let enrolled = try await enrol(authority, server.enrol, token: token, out: "camera")
    try #require(enrolled.status == 0, "\(enrolled.errors)")
    #expect(try enrolled.json()["spiffe_id"] as? String == "spiffe://city.example/camera/site-1")
    let first = try #require(try enrolled.json()["serial"] as? String)
    #expect(
      try await authority.openssl("x509", "-in", "camera/cert.pem", "-noout", "-ext", "subjectAltName").contains(
        "site-1.example"))
    let attributes = try FileManager.default.attributesOfItem(atPath: authority.path("camera/key.pem"))
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    // The key that was kept for another try is gone.
    #expect(try FileManager.default.contentsOfDirectory(atPath: authority.path("node/enrolment")).isEmpty)

    // Used: another key gets nothing, and writes nothing.
    let again = try await enrol(authority, server.enrol, token: token, out: "other", state: "elsewhere")
    #expect(again.status == 77 && again.errors.contains("used"), "\(again.errors)")
    #expect(!FileManager.default.fileExists(atPath: authority.path("other")))

    let renewed = try await renew(authority, server.listen, "camera")
    try #require(renewed.status == 0, "\(renewed.errors)")
    #expect(try renewed.json()["serial"] as? String != first)
    let log = try await Tacet.run(Tacet.executable, authority.arguments(["log", "show"]))
    #expect(log.output.contains("renew"), "\(log.output)")

    try await authority.succeed("revoke", "--id", "camera/site-1")
    let refused = try await renew(authority, server.listen, "camera")
    #expect(refused.status == 77, "\(refused.errors)")
    #expect(server.stop() == 0)
  }

  @Test func whoShowsAnotherRootGetsNoToken() async throws {
    let (ours, theirs) = (try await AuthorityOnDisk(), try await AuthorityOnDisk())
    let server = try await RunningAuthority(theirs)
    // The token's id and secret would be good nowhere but at ours.
    let token = try await token(ours, "--id", "camera/site-1")
    let result = try await enrol(ours, server.enrol, token: token, out: "camera")
    #expect(result.status == 77 && result.errors.contains("no valid path to a root"), "\(result.errors)")
    // It is as good as it was: nobody has seen it.
    let own = try await RunningAuthority(ours)
    #expect(try await enrol(ours, own.enrol, token: token, out: "camera").status == 0)
  }

  @Test func aLostReplyIsAskedForAgainAfterACrash() async throws {
    let authority = try await AuthorityOnDisk()
    let token = try await token(authority, "--id", "camera/site-1")
    let server = try await RunningAuthority(authority)
    try await authority.request("r")
    let text = try String(contentsOfFile: token, encoding: .utf8).trimmingCharacters(in: .newlines)
    let csr = try String(contentsOf: authority.file("r.csr"), encoding: .utf8)
    try authority.write(
      String(decoding: try JSONEncoder().encode(["token": text, "csr": csr]), as: UTF8.self), to: "body.json")
    try await authority.succeed("bundle", "--out", authority.path("bundle.pem"))
    let first = try await curl(
      authority, "--cacert", "bundle.pem", "-d", "@body.json", "https://localhost:\(server.enrol)/v1/enrol")
    #expect(first.status == "200", "\(first.body)")
    server.killHard()
    let next = try await RunningAuthority(authority)
    let second = try await curl(
      authority, "--cacert", "bundle.pem", "-d", "@body.json", "https://localhost:\(next.enrol)/v1/enrol")
    #expect(second.status == "200")
    let chain = { (body: String) in
      (try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?["chain"] as? String
    }
    #expect(try chain(first.body) == chain(second.body))
    #expect(try chain(first.body) != nil)
    #expect(try await authority.list("--id", "camera/site-1").count == 1)
  }

  @Test func documentsForOthers() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    let token = try await token(authority, "--id", "camera/site-1")
    try #require(try await enrol(authority, server.enrol, token: token, out: "c").status == 0)
    let base = "https://localhost:\(server.enrol)/v1"
    let ca = ["--cacert", "c/bundle.pem"]
    let roots = try await curl(authority, ca[0], ca[1], "\(base)/roots")
    #expect(roots.status == "200")
    #expect(roots.body == (try String(contentsOf: authority.file("c/bundle.pem"), encoding: .utf8)))
    let bundle = try await curl(authority, ca[0], ca[1], "\(base)/bundle")
    #expect(bundle.status == "200" && bundle.body.contains("\"use\":\"x509-svid\"") && bundle.body.contains("jwt-svid"))

    let lists = try await curl(authority, ca[0], ca[1], "-D", "head", "-o", "lists.pem", "\(base)/crl")
    #expect(lists.status == "200")
    #expect(
      try await authority.openssl("crl", "-in", "lists.pem", "-CAfile", "c/cert.pem", "-noout").contains("verify OK"))
    let head = try String(contentsOf: authority.file("head"), encoding: .utf8)
    let tag = try #require(head.firstMatch(of: /ETag: (\S+)/)).output.1
    #expect(try await curl(authority, ca[0], ca[1], "-H", "If-None-Match: \(tag)", "\(base)/crl").status == "304")
    try await authority.succeed("revoke", "--id", "camera/site-1", "--reason", "keyCompromise")
    #expect(
      try await curl(authority, ca[0], ca[1], "-H", "If-None-Match: \(tag)", "-o", "lists.pem", "\(base)/crl").status
        == "200")
    #expect(try await authority.openssl("crl", "-in", "lists.pem", "-noout", "-text").contains("Key Compromise"))

    // OCSP, as openssl asks and verifies it.
    try await authority.openssl("x509", "-in", "c/cert.pem", "-out", "leaf.pem")
    let chain = try String(contentsOf: authority.file("c/cert.pem"), encoding: .utf8)
    let intermediate = try #require(
      chain.range(of: "-----BEGIN", range: chain.index(chain.startIndex, offsetBy: 20)..<chain.endIndex))
    try authority.write(String(chain[intermediate.lowerBound...]), to: "intermediate.pem")
    try await authority.openssl(
      "ocsp", "-issuer", "intermediate.pem", "-cert", "leaf.pem", "-reqout", "asked.der", "-no_nonce")
    #expect(
      try await curl(
        authority, ca[0], ca[1], "-H", "Content-Type: application/ocsp-request", "--data-binary", "@asked.der", "-o",
        "answer.der", "\(base)/ocsp"
      ).status == "200")
    let said = try await authority.openssl(
      "ocsp", "-respin", "answer.der", "-issuer", "intermediate.pem", "-cert", "leaf.pem", "-CAfile", "c/bundle.pem",
      "-no_nonce")
    #expect(said.contains("revoked") && said.contains("verify OK"), "\(said)")
  }

  @Test func strangersAndGarbageAreRefused() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority, "--rate", "1", "--burst", "8")
    try await authority.succeed("bundle", "--out", authority.path("b.pem"))
    let enrol = "https://localhost:\(server.enrol)/v1"
    let ca = ["--cacert", "b.pem"]
    // TLS 1.2, and no certificate where one is demanded.
    #expect(try await curl(authority, ca[0], ca[1], "--tls-max", "1.2", "\(enrol)/roots").status == "000")
    #expect(try await curl(authority, ca[0], ca[1], "https://localhost:\(server.listen)/v1/roots").status == "000")
    #expect(try await curl(authority, ca[0], ca[1], "-d", "{}", "\(enrol)/enrol").status == "400")
    #expect(try await curl(authority, ca[0], ca[1], "-d", "{\"csr\":\"x\"}", "\(enrol)/renew").status == "401")
    #expect(try await curl(authority, ca[0], ca[1], "\(enrol)/../state").status == "404")
    #expect(try await curl(authority, ca[0], ca[1], "\(enrol)/proof/zz").status == "400")
    try authority.write(String(repeating: "x", count: 200_000), to: "long")
    #expect(try await curl(authority, ca[0], ca[1], "-d", "@long", "-H", "Expect:", "\(enrol)/enrol").status == "413")
    var statuses: [String] = []
    for _ in 0..<12 { statuses.append(try await curl(authority, ca[0], ca[1], "-d", "{}", "\(enrol)/enrol").status) }
    #expect(statuses.contains("429"), "\(statuses)")
    // What costs nothing is still given out.
    #expect(try await curl(authority, ca[0], ca[1], "\(enrol)/roots").status == "200")
  }

  /// Two thousand connections that never come to the end of their handshakes are held open, again and again, while others are served.
  @Test func halfOpenConnectionsKeepNobodyOut() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    let token = try await token(authority, "--id", "camera/site-1")
    let floods = [HalfOpenFlood(server.enrol, count: 1500), HalfOpenFlood(server.listen, count: 500)]
    defer { for flood in floods { flood.stop() } }
    for flood in floods { #expect(await Patience.wait(.seconds(60)) { flood.isFull }) }
    let enrolled = try await enrol(authority, server.enrol, token: token, out: "camera")
    try #require(enrolled.status == 0, "\(enrolled.errors)")
    let renewed = try await renew(authority, server.listen, "camera")
    #expect(renewed.status == 0, "\(renewed.errors)")
    // Meanwhile they were held, those that were let go too: they have come again.
    for flood in floods {
      #expect(await Patience.wait(.seconds(60)) { flood.isFull })
      #expect(await Patience.wait(.seconds(60)) { flood.letGo >= flood.count })
    }
    #expect(server.stop() == 0)
  }

  /// A list that is longer than what is written at once comes whole, twice on one connection, to those who read slowly, too.
  @Test func longList() async throws {
    let authority = try await AuthorityOnDisk(isMade: false)
    let made = try await Tacet.run(
      Tacet.executable, ["bench", "issue", "--records", "6000", "--keep", authority.path("made")])
    try #require(made.status == 0, "\(made.errors)")
    for name in ["state", "passphrase", "serials"] {
      try? FileManager.default.removeItem(at: authority.file(name))
      try FileManager.default.moveItem(atPath: authority.path("made/\(name)"), toPath: authority.path(name))
    }
    try await authority.succeed("revoke", "--from", authority.path("serials"))
    try await authority.succeed("bundle", "--out", authority.path("b.pem"))
    let server = try await RunningAuthority(authority)
    let list = "https://localhost:\(server.enrol)/v1/crl"
    let got = try await curl(authority, "--cacert", "b.pem", "-o", "1.pem", list, "-o", "2.pem", list)
    #expect(got.status == "200")
    #expect(
      try await curl(authority, "--cacert", "b.pem", "--limit-rate", "200k", "-o", "3.pem", list).status == "200")
    let lists = try (1...3).map { try String(contentsOf: authority.file("\($0).pem"), encoding: .utf8) }
    #expect(Set(lists).count == 1 && lists[0].utf8.count > 300_000)
    try await authority.openssl("x509", "-in", "state/ca/current/intermediate.pem", "-out", "i.pem")
    let text = try await authority.openssl("crl", "-in", "1.pem", "-CAfile", "i.pem", "-noout", "-text")
    #expect(text.contains("verify OK") && text.split(separator: "Serial Number:").count == 6001)
  }

  /// A node whose certificates live a minute goes on without anybody's help.
  @Test func aNodeRenewsItsCertificate() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    let bench = try await Bench()
    let token = try await token(authority, "--id", "gateway/gateway-1", "--ttl", "60s", "--dns", "localhost")
    _ = try bench.writePolicy()
    let enrolled = try await Tacet.run(
      Tacet.executable,
      [
        "node", "enrol", "--authority", "127.0.0.1:\(server.enrol)", "--token", token, "--out",
        bench.identity("gateway/gateway-1").path, "--state", authority.path("node"), "--format", "json",
      ])
    try #require(enrolled.status == 0, "\(enrolled.errors)")
    let serial = try #require(try enrolled.json()["serial"] as? String)
    let file = try bench.writeGateway()
    try "\(String(contentsOf: file, encoding: .utf8))\nauthority: 127.0.0.1:\(server.listen)\n"
      .write(to: file, atomically: true, encoding: .utf8)
    let node = try await RunningNode(configuration: file)
    let certificate = {
      try String(contentsOf: bench.identity("gateway/gateway-1").appendingPathComponent("cert.pem"), encoding: .utf8)
    }
    let before = try certificate()
    #expect(await Patience.wait(.seconds(45)) { (try? certificate()) != before })
    let issued = try await authority.list("--id", "gateway/gateway-1").compactMap { $0["serial"] as? String }
    #expect(issued.count >= 2 && issued.contains(serial))
    #expect(node.stop() == 0)
  }
}
