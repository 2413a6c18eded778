import Crypto
import Foundation
import Testing
import X509

@testable import TacetIdentity

/// Enrolment by join token: once, by one key, however hard the authority falls.
@Suite(.serialized) struct EnrolmentTests {
  private let place: DeskOnDisk

  init() throws { place = try DeskOnDisk() }

  @Test func whatIsGranted() async throws {
    let key = P256.Signing.PrivateKey()
    let token = try place.token(dnsNames: ["a.example"], ipAddresses: ["10.0.0.1", "::1"], lifetime: .seconds(3600))
    let enrolled = try await place.desk.enrol(token: token, csr: DeskOnDisk.request(key))
    let peer = try #require(try await place.peer(enrolled.chain))
    #expect(peer.id == (try place.id("site-1")) && peer.serial == enrolled.serial)
    let names = try #require(try peer.path[0].extensions.subjectAlternativeNames)
    #expect(names.count == 4)
    #expect(abs(enrolled.notAfter.timeIntervalSinceNow - 3600) < 10)
    let entry = try enrolled.proof.verify(key: place.desk.logKey, certificate: enrolled.chain[0])
    #expect(entry.leaf?.token == String(token.split(separator: ".")[1]))
    #expect(try JoinToken(token).names(enrolled.roots[0]))
    #expect(try place.logHolds())
  }

  @Test func hundredRacersOneWins() async throws {
    let token = try place.token()
    let desks = [place.desk, try place.another()]
    let results = try await withThrowingTaskGroup(of: RegistrationError.Kind?.self) { group in
      for racer in 0..<100 {
        let request = try DeskOnDisk.request()
        group.addTask { await kind { _ = try await desks[racer % 2].enrol(token: token, csr: request) } }
      }
      var all: [RegistrationError.Kind?] = []
      for try await result in group { all.append(result) }
      return all
    }
    #expect(results.filter { $0 == nil }.count == 1)
    #expect(results.filter { $0 == .usedToken }.count == 99)
    #expect(try place.issued() == 1)
  }

  /// A retry gets the same certificate: from the same desk, from another, at once beside the first, and after a rotation.
  @Test func sameKeySameCertificate() async throws {
    let (token, request) = (try place.token(), try DeskOnDisk.request())
    let first = try await place.desk.enrol(token: token, csr: request)
    for desk in [place.desk, try place.another()] {
      let again = try await desk.enrol(token: token, csr: request)
      #expect(again.chain == first.chain && again.serial == first.serial)
      _ = try again.proof.verify(key: desk.logKey, certificate: first.chain[0])
    }
    try CertificateAuthority.rotate(.root, state: place.state, passphrase: place.passphrase)
    let later = try await place.desk.enrol(token: token, csr: request)
    #expect(later.chain[0] == first.chain[0] && later.roots.count == 2)
    #expect(try await place.peer(later.chain) != nil)
    #expect(try place.issued() == 1)
  }

  @Test func twinsOfOneKeyAtOnce() async throws {
    let (token, request) = (try place.token(), try DeskOnDisk.request())
    let desk = place.desk
    let serials = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { try await desk.enrol(token: token, csr: request).serial } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(serials.count == 1)
    #expect(try place.issued() == 1)
  }

  /// The process ends between the stages; what is on the disk is what a kill leaves there.
  @Test(arguments: RegistrationDesk.Stage.allCases) func fallsBetweenStages(stage: RegistrationDesk.Stage) async throws
  {
    let (token, key) = (try place.token(), P256.Signing.PrivateKey())
    let request = try DeskOnDisk.request(key)
    place.desk.fault.withLock {
      $0 = { here throws(IdentityError) in if here == stage { throw IdentityError(.inputOutput, "killed") } }
    }
    #expect(await kind { _ = try await place.desk.enrol(token: token, csr: request) } == .unavailable)
    let next = try place.another()
    let other = await kind { _ = try await next.enrol(token: token, csr: DeskOnDisk.request()) }
    switch stage {
    case .kept:
      // Nothing was let out, and the log knows of nothing: the token is good for whoever comes first.
      #expect(other == nil)
      #expect(await kind { _ = try await next.enrol(token: token, csr: request) } == .usedToken)
    case .logged:
      #expect(other == .usedToken)
      let enrolled = try await next.enrol(token: token, csr: request)
      #expect(try await place.peer(enrolled.chain)?.path[0].publicKey == .init(key.publicKey))
    }
    #expect(try place.issued() == 1)
    #expect(try place.logHolds())
  }

  // MARK: Refusals

  /// What it says goes into the authority's log.
  @Test func aSubjectOfSeveralLines() async throws {
    let subject = try DistinguishedName { CommonName("a\nissued to somebody else\u{1B}[2J") }
    let request = try CertificateSigningRequest(
      version: .v1, subject: subject, privateKey: .init(P256.Signing.PrivateKey()),
      attributes: CertificateSigningRequest.Attributes())
    let csr = Data(try request.serializeAsPEM().pemString.utf8)
    do {
      _ = try await place.desk.enrol(token: place.token(), csr: csr)
      Issue.record("granted")
    } catch {
      #expect((error as? RegistrationError)?.kind == .notGranted)
      let text = "\(error)\((error as? RegistrationError)?.clientMessage ?? "")"
      #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "\(text)")
    }
  }

  /// What an authority sends is of the trust domain of the token, or not taken.
  @Test func certificateOfAnotherTrustDomain() async throws {
    let key = try EnrolmentKey()
    let enrolled = try await place.desk.enrol(token: place.token(), csr: Data(key.request.utf8))
    let (chain, bundle) = (enrolled.chainPEM, enrolled.bundlePEM)
    #expect(try await key.certified(by: chain, bundle: bundle, in: place.domain).id == enrolled.id)
    let other = try TrustDomain("other.example")
    await #expect(throws: IdentityError.self) { try await key.certified(by: chain, bundle: bundle, in: other) }
  }

  /// What an authority sends is of the key that was sent, or not taken.
  @Test func certificateOfAnotherKey() async throws {
    let enrolled = try await place.enrolled()
    let key = try EnrolmentKey()
    await #expect(throws: IdentityError.self) {
      try await key.certified(by: enrolled.chainPEM, bundle: enrolled.bundlePEM, in: place.domain)
    }
  }

  @Test func garbage() async throws {
    let (token, request) = (try place.token(), try DeskOnDisk.request())
    var generator = SystemRandomNumberGenerator()
    let ending = ".\(place.domain)"
    var texts = [
      "", "tacet1", "tacet1...", String(repeating: "a", count: 1 << 20), token + "=", token + "\n", " " + token,
      "\(token.dropLast(ending.count))", "\(token.dropLast(ending.count - 1))",
      token + String(repeating: "a", count: 244), "\(token.dropLast(ending.count)).other.example",
      "\(token.dropLast(ending.count)).MESH.example",
    ]
    for _ in 0..<300 {
      var bytes = Array(token.utf8)
      bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    for text in texts where text != token {
      let found = await kind { _ = try await place.desk.enrol(token: text, csr: request) }
      // A changed root is the client's to notice; all else is refused.
      let isOtherRoot =
        text.hasPrefix(String(token.dropLast(ending.count + 43))) && text.hasSuffix(ending) && found == nil
      #expect(
        isOtherRoot || found.map { [.malformedToken, .unknownToken, .wrongSecret, .usedToken].contains($0) } ?? false)
    }
    for _ in 0..<300 {
      var bytes = [UInt8](request)
      bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
      let found = await kind { _ = try await place.desk.enrol(token: token, csr: Data(bytes)) }
      #expect(found == nil || found == .badRequest || found == .usedToken || found == .notGranted)
    }
  }

  /// Who has no secret learns nothing; who has it is told.
  @Test func strangersAreToldTheSame() async throws {
    let token = try place.token()
    let parts = token.split(separator: ".").map(String.init)
    let rest = "\(parts[3]).\(place.domain)"
    let known = "tacet1.\(parts[1]).\(Base64URL.text([UInt8](repeating: 7, count: 32))).\(rest)"
    let unknown = "tacet1.\(Base64URL.text([UInt8](repeating: 7, count: 16))).\(parts[2]).\(rest)"
    func said(_ text: String, at date: Date = Date()) async throws -> RegistrationError? {
      do {
        _ = try await place.desk.enrol(token: text, csr: DeskOnDisk.request(), at: date)
        return nil
      } catch { return error as? RegistrationError }
    }
    func check() async throws {
      let (first, second) = (try await said(known), try await said(unknown))
      #expect(first?.kind == .wrongSecret && second?.kind == .unknownToken)
      #expect(first?.clientMessage == second?.clientMessage)
      for error in [first, second] { #expect(error?.description.contains(parts[2]) == false) }
    }
    try await check()
    #expect(try await said(token, at: Date() + 601)?.kind == .expiredToken)
    #expect(try await said(token) == nil)
    try await check()
    #expect(try await said(token)?.kind == .usedToken)
    try place.tokens.revoke(parts[1])
    #expect(try await said(token)?.kind == .unknownToken)
  }

  @Test func retryUntilSomeMinutesAfter() async throws {
    let (token, request) = (try place.token(), try DeskOnDisk.request())
    let serial = try await place.desk.enrol(token: token, csr: request).serial
    #expect(try await place.desk.enrol(token: token, csr: request, at: Date() + 1100).serial == serial)
    #expect(
      await kind { _ = try await place.desk.enrol(token: token, csr: request, at: Date() + 1300) } == .expiredToken)
    try place.authority().revoke(.id(place.id("site-1")))
    #expect(await kind { _ = try await place.desk.enrol(token: token, csr: request) } == .revoked)
  }

  @Test func noTokenThatCannotBeRedeemed() throws {
    for (id, lifetime, dns, ip) in [
      (try place.id("ca", role: "authority"), Duration?.none, [String](), [String]()),
      (try place.id("a"), .seconds(1), [], []), (try place.id("a"), nil, ["not a name"], []),
      (try place.id("a"), nil, [], ["10.0.0.256"]),
      (try SPIFFEID(trustDomain: TrustDomain("other.example"), role: "a", name: "b"), nil, [], []),
    ] {
      #expect(throws: IdentityError.self) {
        try place.tokens.make(for: id, lifetime: lifetime, dnsNames: dns, ipAddresses: ip)
      }
    }
    #expect(throws: IdentityError.self) { try place.tokens.make(for: place.id("a"), validFor: .seconds(1)) }
    #expect(throws: IdentityError.self) { try place.tokens.make(for: place.id("a"), at: Date() + 400 * 86400) }
    #expect(try place.tokens.all().isEmpty)
  }

  @Test func keptWithoutTheSecret() throws {
    let token = try place.token()
    let folder = place.state.appendingPathComponent("ca/tokens")
    #expect(try TemporaryFolder.mode(folder) == 0o700)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == 1)
    for name in names {
      let file = folder.appendingPathComponent(name)
      #expect(try TemporaryFolder.mode(file) == 0o600)
      #expect(try !String(contentsOf: file, encoding: .utf8).contains(token.split(separator: ".")[2]))
    }
    #expect(!"\(try JoinToken(token))".contains(token.split(separator: ".")[2]))
    #expect(try JoinToken(token).text == token)
    #expect(try JoinToken(token).trustDomain == place.domain)
  }

  @Test func theAuthoritysRoleIsItsOwn() async throws {
    let authority = try place.authority()
    #expect(throws: IdentityError.self) { try authority.issue(place.id("ca", role: "authority")) }
    #expect(throws: IdentityError.self) {
      try authority.sign(SigningRequest(pem: DeskOnDisk.request()), as: place.id("x", role: "authority"))
    }
    let own = try place.desk.serverIdentity(dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
    let peer = try #require(try await place.peer(own.chain))
    #expect(peer.id.path == "authority/ca")
    #expect(await kind { _ = try await place.desk.renew(csr: DeskOnDisk.request(), for: peer) } == .notGranted)
  }
}
