import Foundation
import Testing

/// `ca init` and `ca rotate` with an intermediate that a corporate root has signed.
@Suite(.serialized) struct ImportTests {
  private let authority: AuthorityOnDisk

  init() async throws {
    authority = try await AuthorityOnDisk(isMade: false)
    try await authority.openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", "root.key", "-subj",
      "/O=Corporation/CN=Root", "-days", "100", "-out", "root.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
  }

  private static let extensions = """
    basicConstraints=critical,CA:TRUE,pathlen:0
    keyUsage=critical,keyCertSign,cRLSign
    subjectKeyIdentifier=hash
    nameConstraints=critical,permitted;URI:city.example
    """

  private func intermediate(
    _ name: String, _ extensions: String = extensions, key: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
  ) async throws {
    try authority.write(extensions, to: "\(name).ext")
    try await authority.request(name, key: key, subject: "/O=Corporation/CN=\(name)")
    try await authority.openssl(
      "x509", "-req", "-in", "\(name).csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30",
      "-out", "\(name).pem", "-extfile", "\(name).ext")
  }

  private func given(_ name: String) -> [String] {
    [
      "--intermediate", authority.path("\(name).pem"), "--intermediate-key", authority.path("\(name).key"), "--roots",
      authority.path("root.pem"),
    ]
  }

  private func make(_ name: String) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable, authority.arguments(["init", "--trust-domain", "city.example"] + given(name)))
  }

  @Test(arguments: [["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["rsa:2048"], ["ed25519"]])
  func importedAndRotated(key: [String]) async throws {
    try await intermediate("i", key: key)
    let made = try await make("i")
    try #require(made.status == 0, "\(made.errors)")
    try await authority.succeed("issue", "--id", "camera/a", "--out", authority.path("a"))
    try await authority.openssl("verify", "-CAfile", "root.pem", "-untrusted", "a/cert.pem", "a/cert.pem")
    try await authority.succeed("revoke", "--id", "camera/a")
    try await authority.succeed("crl", "--out", authority.path("crl.pem"))
    let bad = try await authority.openssl(
      "verify", "-crl_check", "-CAfile", "root.pem", "-CRLfile", "crl.pem", "-untrusted", "a/cert.pem", "a/cert.pem",
      succeeds: false)
    #expect(bad.contains("certificate revoked"))
    // The root is not ours: it signs the next intermediate as well.
    #expect(try await authority.run("rotate").status == 65)
    #expect(try await authority.run("rotate", "--root").status == 65)
    try await intermediate("j", key: key)
    let rotated = try await Tacet.run(Tacet.executable, authority.arguments(["rotate"] + given("j")))
    try #require(rotated.status == 0, "\(rotated.errors)")
    try await authority.succeed("issue", "--id", "camera/b", "--out", authority.path("b"))
    try await authority.openssl("verify", "-CAfile", "root.pem", "-untrusted", "b/cert.pem", "b/cert.pem")
    #expect(try await authority.succeed("log", "verify")["holds"] as? Bool == true)
  }

  /// Two authorities under one corporate root: a token of ours is not sent to the other.
  @Test func anotherAuthorityUnderTheSameRoot() async throws {
    try await intermediate("i")
    try #require(try await make("i").status == 0)
    try await intermediate("o", Self.extensions.replacing("city.example", with: "other.example"))
    let made = try await Tacet.run(
      Tacet.executable,
      ["ca", "init", "--trust-domain", "other.example", "--state", authority.path("other")] + given("o")
        + ["--passphrase-file", authority.path("passphrase")])
    try #require(made.status == 0, "\(made.errors)")
    let token = try await Tacet.run(
      "ca", "token", "--id", "camera/site-1", "--state", authority.path("state"), "--format", "text")
    try authority.write(token.output, to: "token")
    func enrol(_ port: Int) async throws -> Tacet.Result {
      try await Tacet.run(
        "node", "enrol", "--authority", "127.0.0.1:\(port)", "--token", authority.path("token"), "--out",
        authority.path("camera"), "--state", authority.path("node"))
    }
    let theirs = try await RunningAuthority(state: authority.file("other"), passphrase: authority.file("passphrase"))
    let refused = try await enrol(theirs.enrol)
    #expect(refused.status == 77)
    // By its certificate: it was asked nothing.
    #expect(
      refused.errors.contains("certificate presented by 127.0.0.1:\(theirs.enrol) refused: trust domain other.example"),
      "\(refused.errors)")
    #expect(!FileManager.default.fileExists(atPath: authority.path("camera")))
    let ours = try await RunningAuthority(authority)
    let enrolled = try await enrol(ours.enrol)
    #expect(enrolled.status == 0, "\(enrolled.errors)")
  }

  @Test(
    arguments: [
      "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyCertSign,cRLSign",
      "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign",
      "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign",
      "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectAltName=URI:spiffe://other.example",
      "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nnameConstraints=critical,permitted;URI:other.example",
    ])
  func unfit(extensions: String) async throws {
    try await intermediate("i", extensions)
    let result = try await make("i")
    #expect(result.status == 65, "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: authority.path("state/ca")))
  }

  @Test func filesThatDoNotFit() async throws {
    try await intermediate("i")
    try await intermediate("j")
    for (name, mode) in [("other key", 0o600), ("exposed key", 0o644)] {
      let key = name == "other key" ? "j.key" : "i.key"
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: authority.path(key))
      let result = try await authority.run(
        "init", "--trust-domain", "city.example", "--intermediate", authority.path("i.pem"), "--intermediate-key",
        authority.path(key), "--roots", authority.path("root.pem"))
      #expect(result.status == (mode == 0o600 ? 65 : 77), "\(name): \(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: authority.path("state/ca")))
  }

  @Test func profilesOfTheProject() async throws {
    let profiles = Tacet.project.appendingPathComponent("CA/profiles").path
    try await authority.succeed("init", "--trust-domain", "city.example", "--profiles", profiles)
    try await authority.succeed("issue", "--id", "camera/a", "--profile", "camera", "--out", authority.path("a"))
    for (arguments, status) in [
      (["--id", "gateway/a", "--profile", "camera"], Int32(77)), (["--id", "camera/a", "--profile", "absent"], 66),
      (["--id", "camera/a", "--profile", "../x"], 65),
      (["--id", "camera/a", "--profile", "camera", "--ttl", "25h"], 65),
      (["--id", "camera/a", "--profile", "camera", "--dns", "a.example"], 77),
    ] {
      let result = try await Tacet.run(
        Tacet.executable, authority.arguments(["issue", "--out", authority.path("b")] + arguments))
      #expect(result.status == status, "\(arguments): \(result.errors)")
    }
    #expect(try await authority.list().count == 1)
  }
}
