import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import TacetIdentity

/// What a desk tells: lists, OCSP, the bundle, tokens; judged by openssl and by our own readers.
@Suite(.serialized) struct DeskAnswersTests {
  private let place: DeskOnDisk

  init() throws { place = try DeskOnDisk() }

  // MARK: Lists

  @Test func listsFollowTheLog() async throws {
    let enrolled = try await place.enrolled()
    let first = try place.desk.revocationLists()
    #expect(first.count == 1 && first[0].list.entries.isEmpty)
    #expect(try place.desk.revocationLists()[0].list.der == first[0].list.der)
    try place.authority().revoke(.id(enrolled.id), reason: .keyCompromise)
    let second = try place.desk.revocationLists()
    #expect(second[0].list.entries.map(\.serial.description) == [enrolled.serial])
    #expect(second[0].number > first[0].number)
    #expect(try place.desk.revocationLists(at: Date() + 1790)[0].number == second[0].number)
    #expect(try place.desk.revocationLists(at: Date() + 1810)[0].number > second[0].number)
    try CertificateAuthority.rotate(.intermediate, state: place.state, passphrase: place.passphrase)
    let third = try place.desk.revocationLists()
    #expect(third.count == 2 && third[1].list.entries.count == 1)
    #expect(try place.logHolds())
  }

  // MARK: OCSP

  @Test(.enabled(if: OpenSSL.isInstalled), arguments: ["-sha1", "-sha256"]) func openSSLAsks(hash: String) async throws
  {
    let (good, bad) = (try await place.enrolled("good"), try await place.enrolled("bad"))
    try place.authority().revoke(.id(bad.id), reason: .keyCompromise)
    let folder = place.folder
    try folder.write(PEMFile.text([good.chain[0]]), to: "good.pem")
    try folder.write(PEMFile.text([bad.chain[0]]), to: "bad.pem")
    try folder.write(PEMFile.text([good.chain[1]]), to: "issuer.pem")
    try folder.write(PEMFile.text(good.roots), to: "roots.pem")
    try OpenSSL.run(
      [
        "ocsp", hash, "-issuer", "issuer.pem", "-cert", "good.pem", "-cert", "bad.pem", "-serial", "0x1234", "-reqout",
        "request",
      ],
      in: folder.url)
    let response = place.desk.ocspResponse(to: Array(try Data(contentsOf: folder.file("request"))))
    try Data(response).write(to: folder.file("response"))
    // The nonce is repeated: openssl compares it only where it asks by itself.
    let nonce = try #require(OCSPRequest(der: Array(try Data(contentsOf: folder.file("request")))).nonce)
    #expect(Data(response).range(of: Data(nonce)) != nil)
    let said = try OpenSSL.run(
      [
        "ocsp", hash, "-no_nonce", "-respin", "response", "-issuer", "issuer.pem", "-cert", "good.pem", "-cert",
        "bad.pem",
        "-serial", "0x1234", "-CAfile", "roots.pem", "-verify_other", "issuer.pem",
      ], in: folder.url)
    #expect(said.contains("Response verify OK"))
    #expect(!said.contains("WARNING"))
    #expect(said.contains("good.pem: good") && said.contains("bad.pem: revoked") && said.contains("0x1234: unknown"))
    #expect(said.contains("keyCompromise"))

    let own = try OCSPResponse(der: response)
    #expect(try own.status(of: good.chain[0], issuedBy: good.chain[1], at: Date() + 1) == .good)
    guard case .revoked(_, .keyCompromise) = try own.status(of: bad.chain[0], issuedBy: bad.chain[1], at: Date() + 1)
    else {
      Issue.record("not revoked")
      return
    }

    // Beside lists, and instead of them.
    let register = RevocationRegister(requirement: .leaf)
    let verifier = try ChainVerifier(roots: good.roots, trustDomain: place.domain, revocations: register)
    #expect(await verifier.verify(presented: good.chain, at: Date() + 1).rejection == .revocationListMissing)
    register.add(ocsp: own)
    #expect(await verifier.verify(presented: good.chain, at: Date() + 1).peer?.id == good.id)
    #expect(await verifier.verify(presented: bad.chain, at: Date() + 1).rejection?.rule == "revoked")
    #expect(await verifier.verify(presented: good.chain, at: Date() + 700).rejection == .revocationListMissing)
    #expect(await verifier.verify(presented: bad.chain, at: Date() + 700).rejection?.rule == "revoked")
  }

  /// Signed with the intermediate's key, and not in the log: the responder does not know it, and nobody accepts it.
  @Test(.enabled(if: OpenSSL.isInstalled)) func unknownIsRefused() async throws {
    let opened = try place.authority()
    let thief = try CertificateAuthority(
      trustDomain: place.domain, roots: opened.roots, signers: opened.signers.map(\.der), key: opened.issuer.key,
      record: nil)
    let stolen = try thief.issue(place.id("site-1"))
    try place.folder.write(PEMFile.text([stolen.chain[0]]), to: "leaf.pem")
    try place.folder.write(PEMFile.text([stolen.chain[1]]), to: "issuer.pem")
    try OpenSSL.run(
      ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-reqout", "request"], in: place.folder.url)
    let response = place.desk.ocspResponse(to: Array(try Data(contentsOf: place.folder.file("request"))))
    let register = RevocationRegister()
    let verifier = try ChainVerifier(roots: opened.roots, trustDomain: place.domain, revocations: register)
    #expect(await verifier.verify(presented: stolen.chain, at: Date() + 1).peer != nil)
    register.add(ocsp: try OCSPResponse(der: response))
    #expect(await verifier.verify(presented: stolen.chain, at: Date() + 1).rejection == .unknownToResponder)
  }

  @Test(.enabled(if: OpenSSL.isInstalled)) func hostileQuestions() async throws {
    let enrolled = try await place.enrolled()
    let folder = place.folder
    try folder.write(PEMFile.text([enrolled.chain[0]]), to: "leaf.pem")
    try folder.write(PEMFile.text([enrolled.chain[1]]), to: "issuer.pem")
    try folder.write(PEMFile.text(enrolled.roots), to: "root.pem")
    try OpenSSL.run(["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-reqout", "request"], in: folder.url)
    let request = Array(try Data(contentsOf: folder.file("request")))
    try OpenSSL.run(["ocsp", "-issuer", "root.pem", "-cert", "leaf.pem", "-reqout", "other"], in: folder.url)
    #expect(place.desk.ocspResponse(to: Array(try Data(contentsOf: folder.file("other")))) == OCSPAnswer.unauthorized)
    #expect(place.desk.ocspResponse(to: []) == OCSPAnswer.malformedRequest)
    #expect(place.desk.ocspResponse(to: [UInt8](repeating: 0x30, count: 1 << 20)) == OCSPAnswer.malformedRequest)
    let many = (0..<40).flatMap { ["-serial", "0x\($0 + 1)"] }
    try OpenSSL.run(["ocsp", "-issuer", "issuer.pem"] + many + ["-reqout", "many"], in: folder.url)
    #expect(
      place.desk.ocspResponse(to: Array(try Data(contentsOf: folder.file("many")))) == OCSPAnswer.malformedRequest)
    // A nonce of 33 bytes: its lengths, and those around it, one by one.
    for cut in 0..<request.count {
      #expect(place.desk.ocspResponse(to: Array(request[..<cut])) == OCSPAnswer.malformedRequest)
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var bytes = request
      bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
      #expect(place.desk.ocspResponse(to: bytes).count >= 5)
    }
  }

  /// A nonce has 1 to 32 bytes, and is repeated (RFC 9654 §2.1: a responder accepts those of 16 to 32).
  @Test(
    .enabled(if: OpenSSL.isInstalled),
    arguments: [(0, false), (1, true), (16, true), (32, true), (33, false), (128, false), (129, false)])
  func nonces(bytes: Int, isAnswered: Bool) async throws {
    let enrolled = try await place.enrolled()
    try place.folder.write(PEMFile.text([enrolled.chain[0]]), to: "leaf.pem")
    try place.folder.write(PEMFile.text([enrolled.chain[1]]), to: "issuer.pem")
    try OpenSSL.run(
      ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-no_nonce", "-reqout", "request"], in: place.folder.url)
    let plain = Array(try Data(contentsOf: place.folder.file("request")))
    #expect(try OCSPRequest(der: plain).nonce == nil)
    let nonce = (0..<bytes).map { _ in UInt8.random(in: 0...255) }
    let request = try Self.request(plain, nonce: nonce)
    let response = place.desk.ocspResponse(to: request)
    guard isAnswered else {
      #expect(response == OCSPAnswer.malformedRequest)
      return
    }
    let wrapped = Self.node(0x04, Self.node(0x04, nonce))
    #expect(Data(response).range(of: Data(wrapped)) != nil)
    let own = try OCSPResponse(der: response)
    #expect(try own.status(of: enrolled.chain[0], issuedBy: enrolled.chain[1], at: Date() + 1) == .good)
    // Two of them are none.
    let two = try Self.request(plain, nonce: nonce, times: 2)
    #expect(place.desk.ocspResponse(to: two) == OCSPAnswer.malformedRequest)
  }

  /// A request of openssl, with a nonce added.
  private static func request(_ plain: [UInt8], nonce: [UInt8], times: Int = 1) throws -> [UInt8] {
    guard case .constructed(let parts) = try DER.parse(plain).content,
      let content = Array(parts).first, case .constructed(let fields) = content.content
    else { throw OCSPFlaw.malformed }
    let oid: [UInt8] = [0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02]
    let item = node(0x30, oid + node(0x04, node(0x04, nonce)))
    let extensions = node(0xA2, node(0x30, Array(repeatElement(item, count: times).joined())))
    return node(0x30, node(0x30, fields.flatMap { Array($0.encodedBytes) } + extensions))
  }

  private static func node(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let length: [UInt8] =
      switch content.count {
      case ..<0x80: [UInt8(content.count)]
      case ..<0x100: [0x81, UInt8(content.count)]
      default: [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)]
      }
    return [tag] + length + content
  }

  // MARK: The bundle

  @Test func bundleIsNumbered() async throws {
    let first = try TrustBundle(json: place.desk.bundle(), trustDomain: place.domain)
    #expect(first.sequence == 1 && first.refreshHint == .seconds(60) && first.jwtKeys.count == 1)
    #expect(first.roots == (try place.desk.roots()))
    #expect(try place.another().bundle() == place.desk.bundle())
    try CertificateAuthority.rotate(.root, state: place.state, passphrase: place.passphrase)
    let second = try TrustBundle(json: place.desk.bundle(), trustDomain: place.domain)
    #expect(second.sequence == 2 && second.jwtKeys.count == 2)
    #expect(second.jwtKeys[1] == first.jwtKeys[0])
    let later = try TrustBundle(json: place.desk.bundle(at: Date() + 700), trustDomain: place.domain)
    #expect(later.jwtKeys == [second.jwtKeys[0]] && later.sequence == 3)
  }

  @Test func hostileBundles() throws {
    let json = try place.desk.bundle()
    var generator = SystemRandomNumberGenerator()
    for text in [
      "", "{}", "[]", "{\"keys\":{}}", String(repeating: "[", count: 1 << 19), "{\"keys\":[{\"use\":\"jwt-svid\"}]}",
    ] {
      #expect(throws: JWTError.self) { try TrustBundle(json: Data(text.utf8), trustDomain: place.domain) }
    }
    #expect(throws: JWTError.self) { try TrustBundle(json: Data(count: 2 << 20), trustDomain: place.domain) }
    for _ in 0..<2000 {
      var bytes = [UInt8](json)
      bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
      do throws(JWTError) { _ = try TrustBundle(json: Data(bytes), trustDomain: place.domain) } catch {}
    }
  }

  // MARK: Tokens

  private func verified(_ token: String, audience: String = "db", at date: Date = Date()) throws -> JWTSVID {
    try JWTSVID.verify(
      token, bundle: TrustBundle(json: place.desk.bundle(), trustDomain: place.domain), audience: audience, at: date)
  }

  private func flaw(_ token: String, audience: String = "db", at date: Date = Date()) -> JWTError.Kind? {
    do {
      _ = try verified(token, audience: audience, at: date)
      return nil
    } catch { return (error as? JWTError)?.kind }
  }

  /// Signed by the authority's key, and still wrong.
  @Test func claimsThatAreNotBelieved() async throws {
    let key = try #require(try place.desk.authority(at: Date()).tokenKeys(at: Date()).first)
    func signed(_ claims: String) throws -> String {
      let head = Base64URL.text("{\"alg\":\"ES256\",\"kid\":\"\(key.published.id)\"}".utf8)
      let content = "\(head).\(Base64URL.text(claims.utf8))"
      return "\(content).\(Base64URL.text(try key.key.signature(for: Data(content.utf8)).rawRepresentation))"
    }
    let now = Date().secondsSince1970
    func claims(sub: String = "spiffe://mesh.example/camera/site-1", further: String = "") -> String {
      "{\"aud\":\"db\",\"exp\":\(now + 100),\"sub\":\"\(sub)\"\(further)}"
    }
    #expect(flaw(try signed(claims())) == nil)
    #expect(flaw(try signed(claims(further: ",\"nbf\":\(now + 90)"))) == .notYetValid)
    #expect(flaw(try signed(claims(further: ",\"iat\":\(now + 90)"))) == .notYetValid)
    #expect(flaw(try signed(claims(sub: "spiffe://other.example/camera/site-1"))) == .subject)
    #expect(flaw(try signed(claims(sub: "spiffe://mesh.example"))) == .subject)
    #expect(flaw(try signed(claims(sub: "camera/site-1"))) == .subject)
    let deep = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
    #expect(flaw(try signed(claims(further: ",\"x\":\(deep)"))) == .malformed)
  }

  @Test func twoKeysOfOneName() throws {
    let bundle = try TrustBundle(json: place.desk.bundle(), trustDomain: place.domain)
    let twice = TrustBundle(
      trustDomain: place.domain, roots: bundle.roots, jwtKeys: bundle.jwtKeys + bundle.jwtKeys, sequence: 1,
      refreshHint: nil)
    #expect(throws: JWTError.self) { try TrustBundle(json: twice.json, trustDomain: place.domain) }
  }

  @Test func tokens() async throws {
    let enrolled = try await place.enrolled()
    let peer = try #require(try await place.peer(enrolled.chain))
    let (token, end) = try await place.desk.jwt(audience: ["db", "a \"b\""], for: peer)
    let svid = try verified(token)
    #expect(svid.id == peer.id && svid.audience == ["db", "a \"b\""])
    #expect(svid.expiresAt == end && (290...300).contains(end.timeIntervalSinceNow))
    #expect(flaw(token, audience: "other") == .audience)
    #expect(flaw(token, audience: "") == .audience)
    #expect(flaw(token, at: Date() + 301) == .expired)
    #expect(flaw(token, at: Date() - 120) == .notYetValid)
    let parts = token.split(separator: ".").map(String.init)
    func with(header: String) -> String { "\(Base64URL.text(header.utf8)).\(parts[1]).\(parts[2])" }
    let kid = try #require(try place.desk.authority(at: Date()).tokenKeys(at: Date()).first?.published.id)
    #expect(flaw(with(header: "{\"alg\":\"none\",\"kid\":\"\(kid)\"}")) == .algorithm)
    #expect(flaw(with(header: "{\"alg\":\"HS256\",\"kid\":\"\(kid)\"}")) == .algorithm)
    #expect(flaw(with(header: "{\"alg\":\"ES384\",\"kid\":\"\(kid)\"}")) == .algorithm)
    #expect(flaw(with(header: "{\"alg\":\"ES256\",\"kid\":\"x\"}")) == .unknownKey)
    #expect(flaw(with(header: "{\"alg\":\"ES256\",\"kid\":\"\(kid)\",\"typ\":\"dpop\"}")) == .header)
    #expect(flaw(with(header: "{\"alg\":\"ES256\",\"kid\":\"\(kid)\",\"crit\":[\"x\"]}")) == .header)
    #expect(flaw(with(header: "{\"alg\":\"ES256\",\"kid\":\"\(kid)\"}")) == .forged)
    #expect(flaw("\(parts[0]).\(parts[1]).\(Base64URL.text([UInt8](repeating: 0, count: 64)))") == .forged)
    #expect(flaw("\(parts[0]).\(parts[1]).") == .forged)
    #expect(flaw(token + ".") == .malformed)
    #expect(flaw(String(repeating: "a", count: 20000)) == .tooLarge)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      var bytes = Array(token.utf8)
      let place = Int.random(in: bytes.indices, using: &generator)
      bytes[place] = .random(in: 0...255, using: &generator)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text == token || flaw(text) != nil)
    }
    #expect(await kind { _ = try await place.desk.jwt(audience: [], for: peer) } == .badRequest)
  }

  /// What was signed is in the log before it is handed out: whose, for how long, by which key, and which token it is.
  @Test func tokensAreInTheLog() async throws {
    let enrolled = try await place.enrolled()
    let peer = try #require(try await place.peer(enrolled.chain))
    let (token, end) = try await place.desk.jwt(audience: ["db", "a \"b\""], for: peer)
    let logged = try entries().last
    let kid = try #require(try place.desk.authority(at: Date()).tokenKeys(at: Date()).first?.published.id)
    #expect(
      logged
        == .init(
          audienceHash: Self.hash("[\"db\",\"a \\\"b\\\"\"]"), expires: UInt64(end.timeIntervalSince1970),
          id: "spiffe://mesh.example/camera/site-1", key: kid, serial: peer.serial, tokenHash: Self.hash(token)))
    #expect(try place.logHolds())

    // Whoever asks at once shares the sync of the disk, and is there.
    let (before, desk) = (try seals(), place.desk)
    let hashes = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<100 {
        group.addTask { Self.hash(try await desk.jwt(audience: ["n-\(number)"], for: peer).token) }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    let together = Set(try entries().map(\.tokenHash))
    #expect(hashes.count == 100 && together.isSuperset(of: hashes))
    let syncs = try seals() - before
    #expect(syncs < 50, "\(syncs) syncs")
    #expect(try place.logHolds())

    // Where the log cannot be written, nothing is handed out.
    place.desk.fault.withLock { $0 = { _ throws(IdentityError) in throw IdentityError(.inputOutput, "full") } }
    #expect(await kind { _ = try await place.desk.jwt(audience: ["db"], for: peer) } == .unavailable)
    #expect(try entries().count == 101)
  }

  /// A revocation that comes between the look at the certificate and the log's turn counts.
  @Test func noTokenForWhoIsRevokedMeanwhile() async throws {
    let enrolled = try await place.enrolled()
    let serial = try #require(SerialNumber(hexadecimal: enrolled.serial))
    try place.authority().revoke(.id(enrolled.id))
    let entry = AuthorityEntry.Token(
      audienceHash: "00", expires: 1, id: enrolled.id.description, key: "k", serial: enrolled.serial, tokenHash: "00")
    #expect(await kind { try await place.desk.record(entry, for: serial, at: Date()) } == .revoked)
    #expect(try entries().isEmpty)
  }

  /// A token that was logged for a certificate that was not issued.
  @Test func aTokenOfNobodyIsFound() async throws {
    let entry = AuthorityEntry.Token(
      audienceHash: "00", expires: 1, id: "spiffe://mesh.example/camera/x", key: "k", serial: "40ff", tokenHash: "00")
    try place.desk.log.append([.token(entry)], at: Date())
    let (file, key) = try CertificateAuthority.log(state: place.state)
    let found = try AuthorityLogVerifier(key: .init(key)).verify(file: file)
    #expect(found.findings.map(\.kind) == [.unknownSerial] && found.tokens == 1)
  }

  private static func hash(_ text: String) -> String {
    SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
  }

  private func entries() throws -> [AuthorityEntry.Token] {
    var tokens: [AuthorityEntry.Token] = []
    try CertificateAuthority.forEachLogLine(state: place.state) { entry, _ in
      if case .token(let token) = entry.content { tokens.append(token) }
    }
    return tokens
  }

  private func seals() throws -> Int {
    let file = try CertificateAuthority.log(state: place.state).file
    return try Data(contentsOf: file).split(separator: 0x0A).count { LogFile.isSeal(Array($0)[...]) }
  }

  /// The old key signs until the new one is known, and its tokens hold to their end.
  @Test func tokensAcrossARotation() async throws {
    let enrolled = try await place.enrolled()
    let peer = try #require(try await place.peer(enrolled.chain))
    let before = try TrustBundle(json: place.desk.bundle(), trustDomain: place.domain)
    let token = try await place.desk.jwt(audience: ["db"], for: peer).token
    try CertificateAuthority.rotate(.intermediate, state: place.state, passphrase: place.passphrase)
    #expect(try verified(token, at: Date() + 290).id == peer.id)
    let soon = try await place.desk.jwt(audience: ["db"], for: peer).token
    #expect((try? JWTSVID.verify(soon, bundle: before, audience: "db")) != nil)
    let later = try await place.desk.jwt(audience: ["db"], for: peer, at: Date() + 65).token
    #expect((try? JWTSVID.verify(later, bundle: before, audience: "db", at: Date() + 66)) == nil)
    #expect(try verified(later, at: Date() + 66).id == peer.id)
  }

  /// An independent implementation reads the bundle, and verifies a token by its key.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["TACET_TEST_PYTHON"] != nil)) func python() async throws {
    let enrolled = try await place.enrolled()
    let peer = try #require(try await place.peer(enrolled.chain))
    try place.folder.write(await place.desk.jwt(audience: ["db"], for: peer).token, to: "token")
    try place.desk.bundle().write(to: place.folder.file("bundle"))
    let script = """
      import base64, json, sys
      try:
          from cryptography import x509
          from cryptography.hazmat.primitives import hashes
          from cryptography.hazmat.primitives.asymmetric import ec, utils
      except ImportError:
          print("absent"); sys.exit()
      raw = lambda t: base64.urlsafe_b64decode(t + "=" * (-len(t) % 4))
      number = lambda t: int.from_bytes(raw(t), "big")
      keys = json.load(open("bundle"))["keys"]
      for key in keys:
          if key["use"] == "x509-svid":
              root = x509.load_der_x509_certificate(base64.b64decode(key["x5c"][0])).public_key().public_numbers()
              assert (root.x, root.y) == (number(key["x"]), number(key["y"]))
      head, body, signature = open("token").read().split(".")
      key = next(k for k in keys if k.get("kid") == json.loads(raw(head))["kid"])
      public = ec.EllipticCurvePublicNumbers(number(key["x"]), number(key["y"]), ec.SECP256R1()).public_key()
      s = raw(signature)
      der = utils.encode_dss_signature(int.from_bytes(s[:32], "big"), int.from_bytes(s[32:], "big"))
      public.verify(der, (head + "." + body).encode(), ec.ECDSA(hashes.SHA256()))
      print(json.loads(raw(body))["sub"])
      """
    try place.folder.write(script, to: "verify.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["TACET_TEST_PYTHON"] ?? "")
    process.arguments = ["verify.py"]
    process.currentDirectoryURL = place.folder.url
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(said == "\(peer.id)\n" || said == "absent\n")
  }
}
