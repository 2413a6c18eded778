import Foundation
import Testing

/// `ca revoke`, `ca list`, `ca crl` and `ca log`, judged by openssl where it can.
@Suite(.serialized) struct RevocationCommandTests {
  private let authority: AuthorityOnDisk

  init() async throws { authority = try await AuthorityOnDisk() }

  private func issue(_ id: String, ttl: String = "24h") async throws -> String {
    let name = id.replacingOccurrences(of: "/", with: "-")
    let result = try await authority.succeed(
      "issue", "--id", id, "--ttl", ttl, "--out", authority.path("\(name)-\(UUID().uuidString.prefix(6))"))
    return try #require(result["serial"] as? String)
  }

  @Test func revokedAndInTheList() async throws {
    try await authority.succeed("issue", "--id", "camera/site-1", "--out", authority.path("one"))
    try await authority.succeed("issue", "--id", "camera/site-2", "--out", authority.path("two"))
    let revoked = try await authority.succeed("revoke", "--id", "camera/site-1", "--reason", "keycompromise")
    #expect((revoked["revoked"] as? [Any])?.count == 1)
    try await authority.succeed("crl", "--out", authority.path("crl.pem"))
    let bad = try await authority.openssl(
      "verify", "-crl_check", "-CAfile", "one/bundle.pem", "-CRLfile", "crl.pem", "-untrusted", "one/cert.pem",
      "one/cert.pem", succeeds: false)
    #expect(bad.contains("certificate revoked"))
    try await authority.openssl(
      "verify", "-crl_check", "-CAfile", "one/bundle.pem", "-CRLfile", "crl.pem", "-untrusted", "two/cert.pem",
      "two/cert.pem")
    #expect(try await authority.openssl("crl", "-in", "crl.pem", "-noout", "-text").contains("Key Compromise"))
    let listed = try await authority.list("--revoked")
    #expect(listed.count == 1 && listed.first?["reason"] as? String == "keyCompromise")
  }

  @Test func bySerial() async throws {
    let first = try await issue("camera/site-1")
    let second = try await issue("camera/site-1")
    let typed = String(first.uppercased().enumerated().flatMap { $0 > 0 && $0.isMultiple(of: 2) ? [":", $1] : [$1] })
    try await authority.succeed("revoke", "--serial", typed)
    #expect(try await authority.list("--revoked").map { $0["serial"] as? String } == [first])
    #expect(try await authority.list("--valid").map { $0["serial"] as? String } == [second])
    // Once more changes nothing.
    let before = try Data(contentsOf: authority.file("state/ca/log.jsonl"))
    try await authority.succeed("revoke", "--serial", first, "--reason", "superseded")
    #expect(try Data(contentsOf: authority.file("state/ca/log.jsonl")) == before)
  }

  @Test func nothingToRevoke() async throws {
    _ = try await issue("camera/site-1")
    #expect(try await authority.run("revoke", "--serial", "0123").status == 66)
    #expect(try await authority.run("revoke", "--id", "camera/site-2").status == 66)
    #expect(try await authority.run("revoke", "--serial", "xyz").status == 64)
    #expect(try await authority.run("revoke", "--id", "camera/site-1", "--reason", "boredom").status == 64)
    #expect(try await authority.run("revoke", "--id", "camera").status == 65)
  }

  /// Many at once, or none.
  @Test func fromAFile() async throws {
    try authority.write((0..<50).map { "camera,n-\($0),1h\n" }.joined(), to: "b.csv")
    try await authority.succeed("issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    let serials = try await authority.list().compactMap { $0["serial"] as? String }
    try authority.write(serials.prefix(30).joined(separator: "\r\n") + "\n\n", to: "some")
    let result = try await authority.succeed("revoke", "--from", authority.path("some"), "--reason", "superseded")
    #expect(result["count"] as? Int == 30 && result["revoked_before"] as? Int == 0)
    #expect(
      Set(try await authority.list("--revoked").compactMap { $0["serial"] as? String }) == Set(serials.prefix(30)))
    // Those that were before stay as they were; the same one twice counts once.
    try authority.write((serials.suffix(25) + serials.suffix(1)).joined(separator: "\n").uppercased(), to: "more")
    let more = try await authority.succeed("revoke", "--from", authority.path("more"))
    #expect(more["count"] as? Int == 20 && more["revoked_before"] as? Int == 5)
    #expect(try await authority.list("--revoked").count == 50)
    try await authority.succeed("crl", "--out", authority.path("crl.pem"))
    let text = try await authority.openssl("crl", "-in", "crl.pem", "-noout", "-text")
    #expect(text.components(separatedBy: "Serial Number:").count == 51)
    let log = try Data(contentsOf: authority.file("state/ca/log.jsonl"))
    try authority.write("\(serials[0])\n0123\n", to: "unknown")
    #expect(try await authority.run("revoke", "--from", authority.path("unknown")).status == 66)
    for (name, content, status) in [("bad", "\(serials[0])\nxyz\n", Int32(65)), ("empty", "\n", 65)] {
      try authority.write(content, to: name)
      let refused = try await authority.run("revoke", "--from", authority.path(name))
      #expect(refused.status == status, "\(name): \(refused.errors)")
      if name == "bad" { #expect(refused.errors.contains("bad:2:"), "\(refused.errors)") }
    }
    #expect(try await authority.run("revoke", "--from", authority.path("absent")).status == 66)
    #expect(try Data(contentsOf: authority.file("state/ca/log.jsonl")) == log)
  }

  /// An intermediate that was replaced, and openssl with the lists of the whole path.
  @Test func intermediate() async throws {
    try await authority.succeed("issue", "--id", "camera/a", "--out", authority.path("a"))
    #expect(try await authority.run("revoke", "--intermediate", "1").status == 65)
    let rotated = try await authority.succeed("rotate")
    #expect(rotated["intermediate"] as? Int == 2)
    try await authority.succeed("issue", "--id", "camera/b", "--out", authority.path("b"))
    try await authority.succeed("revoke", "--intermediate", "1", "--reason", "keyCompromise")
    try await authority.succeed("crl", "--out", authority.path("crl.pem"))
    try await authority.succeed("crl", "--root", "--out", authority.path("root-crl.pem"))
    let lists =
      try ["crl.pem", "root-crl.pem"]
      + FileManager.default.contentsOfDirectory(atPath: authority.folder.path)
      .filter { $0.hasPrefix("crl-") }
    try authority.write(
      try lists.map { try String(contentsOf: authority.file($0), encoding: .utf8) }.joined(), to: "all.pem")
    func verify(_ name: String, succeeds: Bool) async throws -> String {
      try await authority.openssl(
        "verify", "-crl_check_all", "-CAfile", "b/bundle.pem", "-CRLfile", "all.pem", "-untrusted", "\(name)/cert.pem",
        "\(name)/cert.pem", succeeds: succeeds)
    }
    _ = try await verify("b", succeeds: true)
    #expect(try await verify("a", succeeds: false).contains("certificate revoked"))
    for (name, status) in [("a", Int32(1)), ("b", 0)] {
      let result = try await Tacet.run(
        "verify", "chain", "--roots", authority.path("b/bundle.pem"), "--leaf", authority.path("\(name)/cert.pem"),
        "--crl",
        authority.path("all.pem"), "--format", "json")
      #expect(result.status == status, "\(name): \(result.output)\(result.errors)")
    }
    #expect(try await authority.run("revoke", "--intermediate", "9").status == 66)
    #expect(try await authority.run("revoke", "--intermediate", "camera").status == 64)
    #expect(try await authority.succeed("log", "verify")["holds"] as? Bool == true)
  }

  @Test func search() async throws {
    let short = try await issue("camera/site-1", ttl: "1h")
    let long = try await issue("camera/site-1", ttl: "10d")
    _ = try await issue("gateway/g", ttl: "10d")
    #expect(try await authority.list("--expiring", "2h").map { $0["serial"] as? String } == [short])
    #expect(try await authority.list("--id", "camera/site-1").count == 2)
    #expect(
      try await authority.list("--serial", long).first?["spiffe_id"] as? String == "spiffe://city.example/camera/site-1"
    )
    #expect(
      try await authority.list("--limit", "1").first?["spiffe_id"] as? String == "spiffe://city.example/gateway/g")
  }

  @Test func numbersRise() async throws {
    var numbers: [Int] = []
    for _ in 0..<3 {
      let lists = try await authority.succeed("crl", "--out", authority.path("crl.pem"))["lists"] as? [[String: Any]]
      numbers.append(try #require(lists?.first?["number"] as? Int))
      let text = try await authority.openssl("crl", "-in", "crl.pem", "-noout", "-crlnumber")
      #expect(text.contains(String(format: "0x%02X", numbers.last ?? 0)))
    }
    #expect(Set(numbers).count == 3 && numbers == numbers.sorted())
  }

  @Test func wrongPassphrase() async throws {
    _ = try await issue("camera/site-1")
    try authority.write("wrong\n", to: "wrong")
    let before = try Data(contentsOf: authority.file("state/ca/log.jsonl"))
    let files = try FileManager.default.subpathsOfDirectory(atPath: authority.path("state")).sorted()
    #expect(try await authority.run("revoke", "--id", "camera/site-1", passphrase: "wrong").status == 77)
    #expect(try await authority.run("crl", "--out", authority.path("crl.pem"), passphrase: "wrong").status == 77)
    #expect(try await authority.run("rotate", passphrase: "wrong").status == 77)
    #expect(
      try await authority.run("issue", "--id", "a/b", "--out", authority.path("o"), passphrase: "wrong").status == 77)
    #expect(try Data(contentsOf: authority.file("state/ca/log.jsonl")) == before)
    #expect(try FileManager.default.subpathsOfDirectory(atPath: authority.path("state")).sorted() == files)
    for name in ["crl.pem", "o"] { #expect(!FileManager.default.fileExists(atPath: authority.path(name))) }
  }

  // MARK: The log

  @Test func proofOfOneCertificate() async throws {
    for name in 1...5 { _ = try await issue("camera/site-\(name)") }
    let result = try await authority.succeed("issue", "--id", "camera/x", "--out", authority.path("x"))
    _ = try await issue("camera/y")
    let serial = try #require(result["serial"] as? String)
    try await authority.succeed("log", "prove", "--serial", serial, "--out", authority.path("proof"))
    let holds = try await authority.succeed(
      "log", "verify", "--proof", authority.path("proof"), "--certificate", authority.path("x/cert.pem"), "--key",
      authority.path("state/ca/log.pub"))
    #expect(holds["spiffe_id"] as? String == "spiffe://city.example/camera/x")
    // Another certificate, another log's key, a changed proof.
    try await authority.succeed("issue", "--id", "camera/z", "--out", authority.path("z"))
    #expect(
      try await authority.run(
        "log", "verify", "--proof", authority.path("proof"), "--certificate", authority.path("z/cert.pem")
      ).status == 1)
    let other = try await AuthorityOnDisk()
    #expect(
      try await authority.run(
        "log", "verify", "--proof", authority.path("proof"), "--key", other.path("state/ca/log.pub")
      ).status == 1)
    let proof = try String(contentsOf: authority.file("proof"), encoding: .utf8)
    try authority.write(proof.replacingOccurrences(of: "\nindex 7\n", with: "\nindex 6\n"), to: "proof")
    #expect(try await authority.run("log", "verify", "--proof", authority.path("proof")).status == 1)
    try authority.write("nonsense", to: "proof")
    #expect(try await authority.run("log", "verify", "--proof", authority.path("proof")).status == 65)
    #expect(try await authority.run("log", "prove", "--index", "99").status == 66)
  }

  /// Who can write the log and has no key takes no revocation back: no list is signed over what was not signed.
  @Test func noListOverAnEditedLog() async throws {
    let (first, second) = (try await issue("camera/a"), try await issue("camera/b"))
    try await authority.succeed("revoke", "--id", "camera/a")
    try await authority.succeed("revoke", "--id", "camera/b")
    _ = try await issue("camera/c")
    let log = authority.file("state/ca/log.jsonl")
    let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map { line in
      line.contains("\"kind\":\"revoke\"") ? line.replacingOccurrences(of: second, with: first) : String(line)
    }
    try authority.write(lines.joined(separator: "\n") + "\n", to: "state/ca/log.jsonl")
    for arguments in [["crl"], ["crl", "--root"]] {
      let result = try await Tacet.run(
        Tacet.executable, authority.arguments(arguments + ["--out", authority.path("list.pem")]))
      #expect(result.status == 65 && result.errors.contains("not those that were signed"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: authority.path("list.pem")))
    }
    #expect(try await authority.run("log", "verify").status == 1)
  }

  /// A root that somebody put beside the authority's own, or in its place, is not the log's.
  @Test(arguments: ["root.pem", "intermediate.pem"])
  func plantedSigner(name: String) async throws {
    let other = try await AuthorityOnDisk()
    let place = "state/ca/current/\(name)"
    let (own, foreign) = (
      try String(contentsOf: authority.file(place), encoding: .utf8),
      try String(contentsOf: other.file(place), encoding: .utf8)
    )
    #expect(try await authority.succeed("log", "verify")["holds"] as? Bool == true)
    let planted = name == "root.pem" ? own + foreign : foreign
    try Data(planted.utf8).write(to: authority.file("state/ca/generations/1/\(name)"))
    let result = try await authority.run("log", "verify")
    let findings = try #require(try result.json()["findings"] as? [[String: Any]])
    #expect(result.status == 1 && findings.map { $0["kind"] as? String } == ["unknown_signer"], "\(findings)")
  }

  /// The longest list, and errors that nobody hears: neither ends the command otherwise than it says.
  @Test func extremes() async throws {
    _ = try await issue("camera/a")
    #expect(try await authority.list("--limit", "\(Int.max)").count == 1)
    for redirection in ["2>/dev/full", "2>&-"] {
      let result = try await Tacet.run(
        URL(fileURLWithPath: "/bin/sh"),
        ["-c", "\"$0\" ca list --state \"$1\" \(redirection)", Tacet.executable.path, authority.path("nothing")])
      #expect(result.status == 66, "\(redirection)")
    }
  }

  /// A back-up, or an auditor's copy, is looked at where nobody can write; what writes says that it cannot.
  @Test func readOnlyState() async throws {
    _ = try await issue("camera/a")
    // The superuser may write everywhere.
    let script = """
      cd "$1" && shift && if [ "$(id -u)" = 0 ]; then
        chown -R 65534 . && find state -exec chmod a-w {} + && exec setpriv --reuid=65534 --clear-groups -- "$@"
      fi
      find state -exec chmod a-w {} + && exec "$@"
      """
    func run(_ arguments: String...) async throws -> Int32 {
      try await Tacet.run(
        URL(fileURLWithPath: "/bin/sh"),
        ["-c", script, "sh", authority.folder.path, Tacet.executable.path] + authority.arguments(arguments)
      ).status
    }
    #expect(try await run("list") == 0)
    #expect(try await run("log", "verify") == 0)
    #expect(try await run("bundle", "--out", authority.path("bundle.pem")) == 0)
    #expect(try await run("issue", "--id", "camera/b", "--out", authority.path("b")) == 74)
    #expect(try await run("revoke", "--id", "camera/a") == 74)
    #expect(try await run("rotate") == 74)
    #expect(try await run("log", "verify") == 0)
    #expect(try await authority.list().count == 1)
    _ = try await Tacet.run(URL(fileURLWithPath: "/bin/sh"), ["-c", "chmod -R u+w \"$0\"", authority.folder.path])
  }

  @Test func tamperedLog() async throws {
    for name in 1...3 { _ = try await issue("camera/site-\(name)") }
    try await authority.succeed("log", "show", "--checkpoint", authority.path("kept"))
    _ = try await issue("camera/site-4")
    #expect(
      try await authority.succeed("log", "verify", "--previous", authority.path("kept"))["holds"] as? Bool == true)
    let log = authority.file("state/ca/log.jsonl")
    let text = try String(contentsOf: log, encoding: .utf8)
    try Data(text.replacingOccurrences(of: "camera/site-2", with: "camera/site-9").utf8).write(to: log)
    let result = try await authority.run("log", "verify")
    #expect(result.status == 1)
    #expect(try result.json()["first_wrong_index"] as? Int == 3)
    let lines = text.split(separator: "\n").dropLast(4).joined(separator: "\n") + "\n"
    try Data(lines.utf8).write(to: log)
    #expect(try await authority.run("log", "verify").status == 0)
    #expect(try await authority.run("log", "verify", "--previous", authority.path("kept")).status == 1)
    try FileManager.default.removeItem(at: log)
    #expect(try await authority.run("log", "verify").status == 66)
    #expect(try await authority.run("issue", "--id", "a/b", "--out", authority.path("o")).status == 66)
  }
}
