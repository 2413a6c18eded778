import Foundation
import Testing

/// `ca issue --batch`: every row once, whatever happens.
@Suite(.serialized) struct BatchTests {
  private let authority: AuthorityOnDisk

  init() async throws { authority = try await AuthorityOnDisk() }

  @Test func rows() async throws {
    try authority.write("role,name,ttl\r\ncamera,a,1h\r\n\r\ngateway,b,\r\n camera , c ,2d\r\n", to: "b.csv")
    let result = try await authority.succeed(
      "issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    #expect(result["issued"] as? Int == 3)
    for id in ["camera/a", "gateway/b", "camera/c"] {
      try await authority.openssl(
        "verify", "-x509_strict", "-CAfile", "out/\(id)/bundle.pem", "-untrusted", "out/\(id)/cert.pem",
        "out/\(id)/cert.pem")
      let modes = try ["", "/key.pem"].map { name -> Int? in
        let attributes = try FileManager.default.attributesOfItem(atPath: authority.path("out/\(id)\(name)"))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
      }
      #expect(modes == [0o700, 0o600])
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: authority.path("out")).sorted() == ["camera", "gateway"])
    let again = try await authority.succeed("issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    #expect(again["issued"] as? Int == 0 && again["kept"] as? Int == 3)
    #expect(try await authority.list().count == 3)
  }

  @Test(
    arguments: [
      ("camera,a,1h\ncamera,b\n", 2), ("camera,a,1h\ncamera,a,2h\n", 2), ("camera,../x,1h\n", 1), ("camera,a,1y\n", 1),
      ("camera,a,91d\n", 1), ("camera,a,1s\n", 1), ("role,name,ttl\n,a,1h\n", 2), ("camera,a,1h,more\n", 1),
      ("camera,a,1h\n\n\ncamera,\u{e9},1h\n", 4), ("camera,a,1h\n.issuing,a,1h\n", 2),
      ("camera,a,1h\n\"camera\",b,1h", 2),
    ])
  func badRow(text: String, line: Int) async throws {
    try authority.write(text, to: "b.csv")
    let result = try await authority.run("issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    #expect(result.status == 65)
    #expect(result.errors.contains("b.csv:\(line):"), "\(result.errors)")
    #expect(try await authority.list().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: authority.path("out")))
  }

  /// What no folder can be made for is found before anything is issued, every time.
  @Test func rowsWithoutARoom() async throws {
    try authority.write("camera,a,1h\ncamera,\(String(repeating: "n", count: 256)),1h\n", to: "b.csv")
    let long = try await authority.run("issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    #expect(long.status == 65 && long.errors.contains("b.csv:2:"), "\(long.errors)")
    try FileManager.default.createDirectory(at: authority.file("other"), withIntermediateDirectories: true)
    try authority.write("mine", to: "other/camera")
    try authority.write("camera,a,1h\n", to: "c.csv")
    let file = try await authority.run("issue", "--batch", authority.path("c.csv"), "--out", authority.path("other"))
    #expect(file.status == 65, "\(file.errors)")
    #expect(try await authority.list().isEmpty)
  }

  /// Of a pipe, all that is written to it counts, however slowly.
  @Test func slowPipe() async throws {
    let script = "(printf 'camera,a,1h\\n'; sleep 1; printf 'camera,b,1h\\n') | \"$@\""
    let arguments = authority.arguments(["issue", "--batch", "/dev/stdin", "--out", authority.path("out")])
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", script, "sh", Tacet.executable.path] + arguments)
    #expect(try result.json()["issued"] as? Int == 2, "\(result.errors)")
  }

  /// A folder in which a write over an earlier certificate was interrupted is finished by the next run.
  @Test(arguments: ["cert.pem", "bundle.pem", "key.pem"])
  func interruptedOverAnEarlierOne(name: String) async throws {
    try authority.write("camera,a,1h\n", to: "b.csv")
    let arguments = ["issue", "--batch", authority.path("b.csv"), "--out", authority.path("out")]
    _ = try await Tacet.run(Tacet.executable, authority.arguments(arguments))
    try await authority.succeed("revoke", "--id", "camera/a")
    try authority.write("half", to: "out/camera/a/\(name).1234567.tmp")
    let result = try await Tacet.run(Tacet.executable, authority.arguments(arguments))
    #expect(try result.json()["issued"] as? Int == 1, "\(result.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: authority.path("out/camera/a")).sorted()
        == ["bundle.pem", "cert.pem", "key.pem"])
  }

  /// A folder with something else in it: nothing is issued to anyone.
  @Test func folderInUse() async throws {
    try FileManager.default.createDirectory(at: authority.file("out/camera/b"), withIntermediateDirectories: true)
    try authority.write("mine", to: "out/camera/b/notes")
    try authority.write("camera,a,1h\ncamera,b,1h\n", to: "b.csv")
    let result = try await authority.run("issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    #expect(result.status == 65 && result.errors.contains("line 2"), "\(result.errors)")
    #expect(try await authority.list().isEmpty)
  }

  /// A folder whose certificate was cut off, or whose key is another's, is made anew.
  @Test func damagedFolders() async throws {
    try authority.write("camera,a,1h\ncamera,b,1h\ncamera,c,1h\n", to: "b.csv")
    let arguments = ["issue", "--batch", authority.path("b.csv"), "--out", authority.path("out")]
    _ = try await Tacet.run(Tacet.executable, authority.arguments(arguments))
    let key = try Data(contentsOf: authority.file("out/camera/c/key.pem"))
    try key.write(to: authority.file("out/camera/a/key.pem"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: authority.path("out/camera/a/key.pem"))
    try FileManager.default.removeItem(at: authority.file("out/camera/b/bundle.pem"))
    let result = try await Tacet.run(Tacet.executable, authority.arguments(arguments)).json()
    #expect(result["issued"] as? Int == 2 && result["kept"] as? Int == 1)
  }

  /// A folder whose certificate was revoked, or the intermediate above it, is made anew.
  @Test func revokedIsNoGoodOne() async throws {
    try authority.write("camera,a,1h\ncamera,b,1h\ncamera,c,1h\n", to: "b.csv")
    let arguments = authority.arguments(["issue", "--batch", authority.path("b.csv"), "--out", authority.path("out")])
    _ = try await Tacet.run(Tacet.executable, arguments)
    try await authority.succeed("revoke", "--id", "camera/b")
    let result = try await Tacet.run(Tacet.executable, arguments).json()
    #expect(result["issued"] as? Int == 1 && result["kept"] as? Int == 2)
    let records = try await authority.list("--id", "camera/b")
    #expect(records.map { $0["revoked_at"] == nil } == [false, true])
    let serial = try await authority.openssl("x509", "-in", "out/camera/b/cert.pem", "-noout", "-serial")
    #expect(serial.lowercased().contains(records.last?["serial"] as? String ?? "none"))
    try await authority.succeed("rotate")
    #expect(try await Tacet.run(Tacet.executable, arguments).json()["kept"] as? Int == 3)
    try await authority.succeed("revoke", "--intermediate", "1")
    #expect(try await Tacet.run(Tacet.executable, arguments).json()["issued"] as? Int == 3)
    #expect(try await Tacet.run(Tacet.executable, arguments).json()["kept"] as? Int == 3)
  }

  /// Killed hard at random moments, and run again: every row has one folder that verifies, and no serial is there twice.
  @Test func killedAndResumed() async throws {
    let count = 3000
    try authority.write("role,name,ttl\n" + (0..<count).map { "camera,n-\($0),24h\n" }.joined(), to: "b.csv")
    let arguments = authority.arguments(["issue", "--batch", authority.path("b.csv"), "--out", authority.path("out")])
    var kills = 0
    for _ in 0..<8 {
      let process = Process()
      process.executableURL = Tacet.executable
      process.arguments = arguments
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      try await Task.sleep(for: .milliseconds(Int.random(in: 150...1600)))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal { kills += 1 }
    }
    #expect(kills > 0)
    let result = try await Tacet.run(Tacet.executable, arguments)
    try #require(result.status == 0, "\(result.errors)")
    let again = try await Tacet.run(Tacet.executable, arguments).json()
    #expect(again["issued"] as? Int == 0 && again["kept"] as? Int == count)
    #expect(try FileManager.default.contentsOfDirectory(atPath: authority.path("out/camera")).count == count)
    #expect(try FileManager.default.contentsOfDirectory(atPath: authority.path("out")) == ["camera"])
    let verified = try await authority.succeed("log", "verify")
    #expect(verified["holds"] as? Bool == true)
    let serials = try await authority.list().compactMap { $0["serial"] as? String }
    #expect(serials.count >= count && Set(serials).count == serials.count)
    try await authority.openssl(
      "verify", "-CAfile", "out/camera/n-7/bundle.pem", "-untrusted", "out/camera/n-7/cert.pem",
      "out/camera/n-7/cert.pem")
  }

  /// Two at a time on one folder: the second waits for nobody, and says so.
  @Test func twoAtOnce() async throws {
    try authority.write((0..<4000).map { "camera,n-\($0),24h\n" }.joined(), to: "b.csv")
    let arguments = authority.arguments(["issue", "--batch", authority.path("b.csv"), "--out", authority.path("out")])
    async let first = Tacet.run(Tacet.executable, arguments)
    async let second = Tacet.run(Tacet.executable, arguments)
    let statuses = try await [first.status, second.status].sorted()
    #expect(statuses == [0, 74] || statuses == [0, 0])
    #expect(try await authority.list("--limit", "1").count == 1)
    #expect(try await Tacet.run(Tacet.executable, authority.arguments(["log", "verify"])).status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: authority.path("out/camera")).count == 4000)
  }
}
