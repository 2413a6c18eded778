import Foundation
import Testing

/// An authority whose intermediate's key is in a token (PKCS #11), which it never leaves.
@Suite(
  .serialized,
  .enabled(if: SoftToken.isInstalled, "SoftHSM2 and OpenSC are not installed: run Scripts/bootstrap --test"))
struct PKCS11TokenTests {
  private let authority: AuthorityOnDisk
  private let token: SoftToken

  init() async throws {
    authority = try await AuthorityOnDisk(isMade: false)
    token = try await SoftToken(in: authority.folder)
    try authority.write("\(SoftToken.pin)\n", to: "pin")
  }

  /// Runs a `ca` command with the PIN.
  private func run(_ arguments: String..., pin: String? = "pin") async throws -> Tacet.Result {
    let withPIN = pin.map { ["--pin-file", authority.path($0)] } ?? []
    return try await token.run([Tacet.executable.path] + authority.arguments(arguments + withPIN))
  }

  @discardableResult
  private func succeed(_ arguments: String...) async throws -> [String: Any] {
    let result = try await token.run(
      [Tacet.executable.path] + authority.arguments(arguments + ["--pin-file", authority.path("pin")]))
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return try result.json()
  }

  private func makeAuthority(_ type: String = "EC:prime256v1") async throws {
    try await token.makeKey("issuing", type: type)
    try await succeed("init", "--trust-domain", "city.example", "--intermediate-key", token.uri("issuing"))
  }

  private func files(_ folder: String) throws -> [URL] {
    let found = FileManager.default.enumerator(
      at: authority.file(folder), includingPropertiesForKeys: [.isRegularFileKey])
    return (found?.compactMap { $0 as? URL } ?? []).filter {
      (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
    }
  }

  /// Everything that an authority signs, as openssl sees it.
  @Test(arguments: ["EC:prime256v1", "EC:secp384r1", "rsa:2048"])
  func signsEverything(type: String) async throws {
    try await makeAuthority(type)
    try await succeed("issue", "--id", "camera/a", "--out", authority.path("a"))
    try await authority.openssl(
      "verify", "-x509_strict", "-CAfile", "a/bundle.pem", "-untrusted", "a/cert.pem", "a/cert.pem")
    try authority.write((0..<200).map { "camera,n-\($0),1h\n" }.joined(), to: "b.csv")
    let batch = try await succeed("issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    #expect(batch["issued"] as? Int == 200)
    for number in [0, 77, 199] {
      let file = "out/camera/n-\(number)/cert.pem"
      try await authority.openssl("verify", "-CAfile", "a/bundle.pem", "-untrusted", file, file)
    }
    try await authority.request("r")
    try await succeed("sign", "--csr", authority.path("r.csr"), "--id", "camera/r", "--out", authority.path("r.pem"))
    try await authority.openssl("verify", "-CAfile", "a/bundle.pem", "-untrusted", "r.pem", "r.pem")
    // Revoking signs nothing: it needs no PIN.
    try await authority.succeed("revoke", "--id", "camera/a")
    try await succeed("crl", "--out", authority.path("crl.pem"))
    let bad = try await authority.openssl(
      "verify", "-crl_check", "-CAfile", "a/bundle.pem", "-CRLfile", "crl.pem", "-untrusted", "a/cert.pem",
      "a/cert.pem",
      succeeds: false)
    #expect(bad.contains("certificate revoked"))
    #expect(try await authority.succeed("log", "verify")["holds"] as? Bool == true)
  }

  /// No file of the state has the key, encrypted or not, nor the PIN.
  @Test func theKeyStaysInItsToken() async throws {
    try await makeAuthority()
    try await succeed("issue", "--id", "camera/a", "--out", authority.path("a"))
    let names = try files("state").map { $0.lastPathComponent }
    #expect(names.contains("intermediate.key.uri") && !names.contains("intermediate.key.enc"))
    #expect(names.filter { $0.hasSuffix(".enc") }.sorted() == ["log.key.enc", "root.key.enc"])
    for file in try files("state") {
      let content = try Data(contentsOf: file)
      #expect(content.range(of: Data(SoftToken.pin.utf8)) == nil, "\(file.lastPathComponent)")
      #expect(content.range(of: Data("PRIVATE KEY".utf8)) == nil, "\(file.lastPathComponent)")
    }
    let uri = authority.path("state/ca/current/intermediate.key.uri")
    let mode = try FileManager.default.attributesOfItem(atPath: uri)[.posixPermissions] as? NSNumber
    #expect(mode?.intValue == 0o600)
    // Without the token there is no authority.
    try FileManager.default.removeItem(at: token.files)
    try FileManager.default.createDirectory(at: token.files, withIntermediateDirectories: true)
    let result = try await run("issue", "--id", "camera/b", "--out", authority.path("b"))
    #expect(result.status == 66 && result.errors.contains("no token"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: authority.path("b")))
  }

  @Test func wrongPIN() async throws {
    try await token.makeKey("issuing")
    try authority.write("0000-0000\n", to: "wrong")
    let refused = try await run(
      "init", "--trust-domain", "city.example", "--intermediate-key", token.uri("issuing"), pin: "wrong")
    #expect(refused.status == 77 && refused.errors.contains("wrong PIN"), "\(refused.errors)")
    #expect(!FileManager.default.fileExists(atPath: authority.path("state/ca")))
    try await makeAgain()
    let before = try Data(contentsOf: authority.file("state/ca/log.jsonl"))
    let result = try await run("issue", "--id", "camera/a", "--out", authority.path("a"), pin: "wrong")
    #expect(result.status == 77 && !(result.errors + result.output).contains("0000-0000"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: authority.path("a")))
    let list = try await run("crl", "--out", authority.path("crl.pem"), pin: "wrong")
    #expect(list.status == 77 && !FileManager.default.fileExists(atPath: authority.path("crl.pem")))
    #expect(try Data(contentsOf: authority.file("state/ca/log.jsonl")) == before)
    // A file that others may read is no place for a PIN; without one there is nobody to ask.
    try authority.write("\(SoftToken.pin)\n", to: "open")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: authority.path("open"))
    #expect(try await run("issue", "--id", "camera/a", "--out", authority.path("a"), pin: "open").status == 77)
    #expect(try await run("issue", "--id", "camera/a", "--out", authority.path("a"), pin: nil).status == 64)
    let named = try await token.run(
      ["TACET_PIN_FILE=\(authority.path("pin"))", Tacet.executable.path]
        + authority.arguments(["issue", "--id", "camera/a", "--out", authority.path("a")]))
    #expect(named.status == 0, "\(named.errors)")
  }

  private func makeAgain() async throws {
    try await succeed("init", "--trust-domain", "city.example", "--intermediate-key", token.uri("issuing"))
  }

  /// A wrong passphrase costs no try of the PIN.
  @Test func passphraseComesFirst() async throws {
    try await makeAuthority()
    try authority.write("something else\n", to: "other")
    try authority.write("0000-0000\n", to: "wrong")
    let arguments =
      ["ca", "issue", "--id", "camera/a", "--out", authority.path("a"), "--state", authority.path("state")]
      + ["--passphrase-file", authority.path("other"), "--pin-file", authority.path("wrong")]
    let result = try await token.run([Tacet.executable.path] + arguments)
    #expect(result.status == 77 && result.errors.contains("wrong passphrase"), "\(result.errors)")
  }

  @Test func whatIsNotThere() async throws {
    try await token.makeKey("issuing")
    try await token.add("second")
    let module = SoftToken.module ?? ""
    let cases: [(String, Int32, String)] = [
      ("pkcs11:token=ca;object=issuing?module-path=/nowhere/module.so", 66, "is missing"),
      ("pkcs11:token=ca;object=issuing?module-path=/etc/hostname", 65, "not a PKCS #11 module"),
      ("pkcs11:token=ca;object=issuing", 65, "names no module"),
      ("pkcs11:token=ca?module-path=\(module)", 65, "names no key"),
      ("pkcs11:token=absent;object=issuing?module-path=\(module)", 66, "no token"),
      ("pkcs11:token=ca;object=absent?module-path=\(module)", 66, "no private key"),
      // A PIN is tried on the token that is meant, or on none.
      ("pkcs11:object=issuing?module-path=\(module)", 65, "2 tokens"),
      ("pkcs11:token=ca;object=issuing?module-path=\(module)&pin-value=\(SoftToken.pin)", 65, "names a PIN"),
      ("pkcs11:token=ca;object=%zz?module-path=\(module)", 65, "not a pkcs11: URI"),
    ]
    for (uri, status, text) in cases {
      let result = try await run("init", "--trust-domain", "city.example", "--intermediate-key", uri)
      #expect(result.status == status && result.errors.contains(text), "\(uri): \(result.errors)")
      #expect(!result.errors.contains(SoftToken.pin))
      #expect(!FileManager.default.fileExists(atPath: authority.path("state/ca")))
    }
  }

  /// The key is deleted, or another is put in its place.
  @Test func keyThatIsGone() async throws {
    try await makeAuthority()
    try await token.tool("--delete-object", "--type", "privkey", "--label", "issuing")
    try await token.tool("--delete-object", "--type", "pubkey", "--label", "issuing")
    let gone = try await run("issue", "--id", "camera/a", "--out", authority.path("a"))
    #expect(gone.status == 66 && gone.errors.contains("no private key"), "\(gone.errors)")
    try await token.makeKey("issuing")
    let other = try await run("issue", "--id", "camera/a", "--out", authority.path("a"))
    #expect(other.status == 65 && other.errors.contains("not the one of the certificate"), "\(other.errors)")
    #expect(try await authority.list().isEmpty)
  }

  /// The key goes while a batch is signed: what is there is in the log and whole, and nothing else is.
  @Test func keyThatGoesWhileItSigns() async throws {
    try await makeAuthority()
    try authority.write((0..<12_000).map { "camera,n-\($0),1h\n" }.joined(), to: "b.csv")
    async let batch = run("issue", "--batch", authority.path("b.csv"), "--out", authority.path("out"))
    let done = authority.path("out/camera")
    for _ in 0..<600 where ((try? FileManager.default.contentsOfDirectory(atPath: done).count) ?? 0) == 0 {
      try await Task.sleep(for: .milliseconds(100))
    }
    try await token.tool("--delete-object", "--type", "privkey", "--label", "issuing")
    let result = try await batch
    #expect(
      result.status == 66 && result.errors.contains("no longer in the token"), "\(result.status): \(result.errors)")
    let made = try FileManager.default.contentsOfDirectory(atPath: done).count
    let found = try await authority.succeed("log", "verify")
    #expect(found["holds"] as? Bool == true && found["certificates"] as? Int == made && made < 12_000)
  }

  /// An intermediate that a corporate root has signed for a key in the token.
  @Test func imported() async throws {
    try await token.makeKey("issuing")
    try await authority.openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key", "-subj",
      "/CN=Root", "-days", "100", "-out", "root.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    try await token.tool(
      "--read-object", "--type", "pubkey", "--label", "issuing", "--output-file", authority.path("p.der"))
    try await authority.openssl("pkey", "-pubin", "-inform", "DER", "-in", "p.der", "-out", "p.pem")
    try authority.write(
      "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n",
      to: "ext")
    try await authority.request("any")
    try await authority.openssl(
      "x509", "-req", "-in", "any.csr", "-force_pubkey", "p.pem", "-subj", "/CN=Issuing", "-CA", "root.pem", "-CAkey",
      "root.key", "-CAcreateserial", "-days", "30", "-extfile", "ext", "-out", "i.pem")
    let given = ["--intermediate", authority.path("i.pem"), "--roots", authority.path("root.pem")]
    try await token.makeKey("other")
    for (key, status) in [("other", Int32(65)), ("issuing", 0)] {
      let result = try await token.run(
        [Tacet.executable.path]
          + authority.arguments(
            ["init", "--trust-domain", "city.example", "--intermediate-key", token.uri(key)] + given
              + ["--pin-file", authority.path("pin")]))
      #expect(result.status == status, "\(key): \(result.errors)")
    }
    try await succeed("issue", "--id", "camera/a", "--out", authority.path("a"))
    try await authority.openssl("verify", "-CAfile", "root.pem", "-untrusted", "a/cert.pem", "a/cert.pem")
  }

  /// The next key is in the token as well; what the one before has signed stays good, and has its list.
  @Test func rotated() async throws {
    try await makeAuthority()
    try await succeed("issue", "--id", "camera/a", "--out", authority.path("a"))
    let forgotten = try await run("rotate")
    #expect(forgotten.status == 65 && forgotten.errors.contains("in a token"), "\(forgotten.errors)")
    let same = try await run("rotate", "--intermediate-key", token.uri("issuing"))
    #expect(same.status == 65 && same.errors.contains("make another"), "\(same.errors)")
    try await token.makeKey("next")
    try await succeed("rotate", "--intermediate-key", token.uri("next"))
    try await token.makeKey("after-next")
    try await succeed("rotate", "--root", "--intermediate-key", token.uri("after-next"))
    try await succeed("issue", "--id", "camera/b", "--out", authority.path("b"))
    for (bundle, leaf) in [("a", "a"), ("b", "b"), ("a", "b"), ("b", "a")] {
      try await authority.openssl(
        "verify", "-CAfile", "\(bundle)/bundle.pem", "-untrusted", "\(leaf)/cert.pem", "\(leaf)/cert.pem")
    }
    let lists = try await succeed("crl", "--out", authority.path("crl.pem"))["lists"] as? [[String: Any]]
    // Of the one in force, and of the first, which has a certificate in use.
    #expect(lists?.count == 2)
    #expect(try files("state").allSatisfy { $0.lastPathComponent != "intermediate.key.enc" })
  }
}
