import Foundation
import Testing

/// `ca sign`: nothing is granted because a request asks for it.
@Suite(.serialized) struct SigningTests {
  private let authority: AuthorityOnDisk

  init() async throws { authority = try await AuthorityOnDisk() }

  private func sign(_ name: String, _ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable,
      authority.arguments(
        [
          "sign", "--csr", authority.path("\(name).csr"), "--id", "camera/site-1", "--out",
          authority.path("\(name).pem"),
        ]
          + arguments))
  }

  @Test(
    arguments: [
      ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["ed25519"],
    ])
  func goodRequest(key: [String]) async throws {
    try await authority.request(
      "r", key: key, subject: "/CN=site-1",
      extensions: ["subjectAltName=URI:spiffe://city.example/camera/site-1,DNS:localhost", "keyUsage=digitalSignature"])
    let result = try await sign("r", "--dns", "localhost", "--ip", "127.0.0.1")
    try #require(result.status == 0, "\(result.errors)")
    #expect(try result.json()["left_out"] as? [String] == ["subject CN=site-1"])
    #expect(result.errors.contains("left out"))
    try await authority.succeed("bundle", "--out", authority.path("bundle.pem"))
    try await authority.openssl("verify", "-x509_strict", "-CAfile", "bundle.pem", "-untrusted", "r.pem", "r.pem")
    let text = try await authority.openssl("x509", "-in", "r.pem", "-noout", "-text")
    #expect(text.contains("URI:spiffe://city.example/camera/site-1, DNS:localhost, IP Address:127.0.0.1"))
    #expect(!text.contains("CN = site-1"))
    #expect(try await authority.list().count == 1)
  }

  @Test(
    arguments: [
      "basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign", "keyUsage=digitalSignature,cRLSign",
      "extendedKeyUsage=codeSigning", "extendedKeyUsage=clientAuth,OCSPSigning",
      "subjectAltName=URI:spiffe://city.example/admin/root",
      "subjectAltName=URI:spiffe://city.example/camera/site-1,URI:spiffe://city.example/admin/root",
      "subjectAltName=DNS:localhost", "subjectAltName=IP:127.0.0.1", "subjectAltName=email:a@b.example",
      "nameConstraints=permitted;DNS:example", "certificatePolicies=1.2.3.4", "1.2.3.4=ASN1:NULL",
      "subjectKeyIdentifier=01020304", "noCheck=ignored",
    ])
  func extensionBeyondTheProfile(asked: String) async throws {
    try await authority.request("r", extensions: [asked])
    let result = try await sign("r")
    #expect(result.status == 77, "\(asked): \(result.errors)")
    #expect(result.errors.contains("asks for what is not granted"))
    #expect(!FileManager.default.fileExists(atPath: authority.path("r.pem")))
    #expect(try await authority.list().isEmpty)
  }

  @Test(arguments: ["/CN=root", "/O=Tacet/CN=site-1", "/CN=site-1/CN=root", "/C=DE"])
  func subjectBeyondTheID(subject: String) async throws {
    try await authority.request("r", subject: subject)
    #expect(try await sign("r").status == 77)
  }

  @Test func attributes() async throws {
    try authority.write(
      "[req]\ndistinguished_name=d\nattributes=a\nprompt=no\n[d]\nCN=site-1\n[a]\nchallengePassword=secret\n", to: "c")
    try await authority.openssl(
      "req", "-new", "-config", "c", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k",
      "-out", "r.csr")
    #expect(try await sign("r").status == 65)
  }

  @Test(
    arguments: [
      ["rsa:1024"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-192"], ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
      ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
    ])
  func weakKey(key: [String]) async throws {
    try await authority.request("r", key: key)
    let result = try await sign("r")
    #expect(result.status == 65 && result.errors.contains("too weak"), "\(result.errors)")
  }

  /// A kind that is strong, and that the profile does not grant.
  @Test func keyBeyondTheProfile() async throws {
    try await authority.request("r", key: ["rsa:2048"])
    #expect(try await sign("r").status == 77)
  }

  @Test func weakSignature() async throws {
    try await authority.openssl(
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k", "-subj", "/",
      "-sha1", "-out", "r.csr")
    #expect(try await sign("r").status == 65)
  }

  /// SHA-1 by a key that is granted, of a kind that every library knows how to check: the digest alone is what is wrong.
  @Test func weakSignatureOfAGoodKey() async throws {
    let profile = try String(
      contentsOf: Tacet.project.appendingPathComponent("CA/profiles/camera.yaml"), encoding: .utf8)
    let keys = try #require(profile.split(separator: "\n").first { $0.hasPrefix("keys:") })
    try authority.write(
      profile.replacingOccurrences(of: keys, with: "keys: [p256, rsa]"), to: "state/ca/profiles/r.yaml")
    for (digest, status) in [("-sha256", Int32(0)), ("-sha1", 65)] {
      try await authority.openssl(
        "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-subj", "/", digest, "-out", "r.csr")
      let result = try await sign("r", "--profile", "r")
      #expect(result.status == status, "\(digest): \(result.errors)")
      if status != 0 { #expect(result.errors.contains("weak algorithm"), "\(result.errors)") }
    }
    #expect(try await authority.list().count == 1)
  }

  /// Somebody else's key in a request that its sender signed: no proof of possession.
  @Test func foreignKey() async throws {
    try await authority.request("a")
    try await authority.request("b")
    let script = """
      import base64, re, sys
      def der(name): return base64.b64decode("".join(open(name).read().split("-----")[2].split()))
      a, b = der("a.csr"), der("b.csr")
      # The point of a P-256 key is the 65 bytes behind its bit string's header.
      head = bytes.fromhex("034200")
      i, j = a.index(head) + 3, b.index(head) + 3
      out = a[:i] + b[j:j + 65] + a[i + 65:]
      text = base64.b64encode(out).decode()
      text = "".join(text[k:k + 64] + "\\n" for k in range(0, len(text), 64))
      open("r.csr", "w").write("-----BEGIN CERTIFICATE REQUEST-----\\n" + text + "-----END CERTIFICATE REQUEST-----\\n")
      """
    let made = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", "cd \"$0\" && exec python3 -c \"$1\"", authority.folder.path, script])
    try #require(made.status == 0, "\(made.errors)")
    let result = try await sign("r")
    #expect(result.status == 77 && result.errors.contains("not signed by its own key"), "\(result.errors)")
    #expect(try await authority.list().isEmpty)
  }

  @Test func notARequest() async throws {
    for text in ["", "x", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"] {
      try authority.write(text, to: "r.csr")
      #expect(try await sign("r").status == 65)
    }
    #expect(try await sign("absent").status == 66)
    try authority.write(String(repeating: "A", count: 1 << 20), to: "r.csr")
    #expect(try await sign("r").status == 65)
  }

  /// Bytes changed at random: refused or, where the change is nowhere that matters, signed; never a crash.
  @Test func noise() async throws {
    try await authority.request("a", extensions: ["subjectAltName=URI:spiffe://city.example/camera/site-1"])
    let lines = try String(contentsOf: authority.file("a.csr"), encoding: .utf8).split(separator: "\n")
    let der = try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined()))
    for _ in 0..<25 {
      var bytes = [UInt8](der)
      for _ in 0..<2 { bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255) }
      let text = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
      try authority.write(
        "-----BEGIN CERTIFICATE REQUEST-----\n\(text)\n-----END CERTIFICATE REQUEST-----\n", to: "r.csr")
      #expect([0, 65, 77].contains(try await sign("r").status))
    }
  }

  @Test func fileOfSomebodyElse() async throws {
    try await authority.request("r")
    try authority.write("mine", to: "r.pem")
    #expect(try await sign("r").status == 65)
    #expect(try String(contentsOf: authority.file("r.pem"), encoding: .utf8) == "mine")
    #expect(try await authority.list().isEmpty)
  }
}
