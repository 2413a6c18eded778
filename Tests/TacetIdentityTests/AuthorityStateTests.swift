import Foundation
import Synchronization
import Testing

@testable import TacetIdentity

/// An authority on disk: made whole, opened with its passphrase only, never overwritten.
@Suite(.serialized) struct AuthorityStateTests {
  private let folder: TemporaryFolder
  private let state: URL
  private let domain: TrustDomain
  private let passphrase: Passphrase

  init() throws {
    folder = try TemporaryFolder()
    state = folder.file("state")
    domain = try TrustDomain("mesh.example")
    passphrase = try Passphrase("correct horse")
  }

  @Test func initialiseOpenIssue() async throws {
    let made = try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    #expect(made.root.count == 64 && made.intermediate.count == 64 && made.root != made.intermediate)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    #expect(authority.trustDomain == domain)
    let site = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-1")
    let issued = try authority.issue(site)
    let verifier = try ChainVerifier(roots: issued.roots, trustDomain: domain)
    #expect(await verifier.verify(presented: issued.chain, at: Date()).peer?.id == site)
  }

  /// No authority is made whose certificates its own constraint would forbid.
  @Test(
    arguments: [
      "10.0.0.1", "123", "a.1", ".", ".example", "example.", "a..b", "-a.b", "a.b-", "a.-b",
      String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "b",
    ])
  func domainThatIsNoHost(name: String) throws {
    let domain = try TrustDomain(name)
    #expect {
      try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    } throws: {
      ($0 as? IdentityError)?.kind == .badInput
    }
    #expect(!FileManager.default.fileExists(atPath: state.path))
  }

  @Test(
    arguments: [
      "a", "_a.b", "a_.b", "1a", "1.a", "xn--a", String(repeating: "a", count: 63),
      String(repeating: "a.", count: 126) + "b",
    ])
  func domainThatIsAHost(name: String) async throws {
    let domain = try TrustDomain(name)
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    let issued = try authority.issue(try SPIFFEID(trustDomain: domain, role: "camera", name: "a"))
    let verifier = try ChainVerifier(roots: issued.roots, trustDomain: domain)
    #expect(await verifier.verify(presented: issued.chain, at: Date()).peer != nil)
  }

  /// A certificate stays in the lists for a month beyond its end; by its ID it is revoked before its end only.
  @Test func theExpiredInTheLists() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    let (site, now) = (try SPIFFEID(trustDomain: domain, role: "camera", name: "a"), Date())
    _ = try authority.issue(site, lifetime: .seconds(60))
    #expect(throws: IdentityError.self) { try authority.revoke(.id(site), at: now + 3600) }
    #expect(try authority.revoke(.id(site)).count == 1)
    for (days, count) in [(0.0, 1), (29, 1), (31, 0)] {
      let lists = try CertificateAuthority.signRevocationLists(
        state: state, passphrase: passphrase, nextUpdate: .seconds(3600), at: now + days * 86400)
      #expect(lists.map(\.list.entries.count) == [count])
    }
  }

  /// Of several that are made in one place at once, one is; the others are told what is the matter.
  @Test func madeAtOnce() throws {
    let results = Mutex<[IdentityError.Kind?]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      var kind: IdentityError.Kind?
      do throws(IdentityError) {
        try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
      } catch {
        kind = error.kind
      }
      results.withLock { $0.append(kind) }
    }
    let found = results.withLock { $0 }
    #expect(found.count { $0 == nil } == 1 && found.count { $0 == .badInput } == 3, "\(found)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == ["ca"])
  }

  @Test func modes() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let files = CertificateAuthority.Files(state: state)
    for url in [state, files.folder] { #expect(try TemporaryFolder.mode(url) == 0o700) }
    for url in [files.rootKey, files.intermediateKey] { #expect(try TemporaryFolder.mode(url) == 0o600) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == ["ca"])
  }

  /// No key is anywhere in the folder in the clear.
  @Test func keysAreEncrypted() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let files = CertificateAuthority.Files(state: state)
    var count = 0
    for name in try FileManager.default.subpathsOfDirectory(atPath: files.folder.path) {
      guard let data = FileManager.default.contents(atPath: files.folder.appendingPathComponent(name).path) else {
        continue
      }
      count += 1
      let text = String(decoding: data, as: UTF8.self)
      #expect(!text.contains("PRIVATE KEY") && !text.contains("PRIVATE+KEY"), "\(name)")
    }
    #expect(count >= 8)
    let key = try Vault.open(files.rootKey, with: passphrase)
    #expect(key.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.contains("PRIVATE KEY"))
  }

  @Test func initialiseTwice() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let before = try Data(contentsOf: CertificateAuthority.Files(state: state).root)
    let again = { try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase) }
    #expect(kind { try again() } == .badInput)
    #expect(try Data(contentsOf: CertificateAuthority.Files(state: state).root) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == ["ca"])
  }

  /// Killed half-way: the draft beside it is no authority, and stands in nobody's way.
  @Test func initialiseAfterAnInterruption() throws {
    try SecretFile.prepare(folder: state)
    let draft = state.appendingPathComponent(".ca-1")
    try SecretFile.prepare(folder: draft)
    try SecretFile.write(Data("x".utf8), to: draft.appendingPathComponent("root.key.enc"), mode: 0o600)
    #expect(kind { try CertificateAuthority.open(state: state, passphrase: passphrase) } == .missing)
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    #expect(kind { try CertificateAuthority.open(state: state, passphrase: passphrase) } == nil)
  }

  @Test func wrongPassphrase() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    for text in ["correct hors", "correct horse ", "Correct horse"] {
      let wrong = try Passphrase(text)
      #expect(kind { try CertificateAuthority.open(state: state, passphrase: wrong) } == .notPermitted)
    }
  }

  @Test func folderThatIsOpenToOthers() throws {
    try FileManager.default.createDirectory(
      at: state, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o750])
    #expect(
      kind { try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase) }
        == .notPermitted)
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path).isEmpty)
  }

  /// The root's key where the intermediate's should be: it opens, and it does not fit.
  @Test func swappedKeys() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let files = CertificateAuthority.Files(state: state)
    try FileManager.default.removeItem(at: files.intermediateKey)
    try FileManager.default.copyItem(at: files.rootKey, to: files.intermediateKey)
    #expect(kind { try CertificateAuthority.open(state: state, passphrase: passphrase) } == .badInput)
  }

  @Test func foldersAboveAreMade() throws {
    let deep = folder.file("a").appendingPathComponent("b/c")
    try SecretFile.prepare(folder: deep)
    for path in ["a", "a/b", "a/b/c"] { #expect(try TemporaryFolder.mode(folder.file(path)) == 0o700) }
  }

  // MARK: The log

  @Test func everyIssuanceIsRecorded() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    let issued = try (1...3).map {
      try authority.issue(SPIFFEID(trustDomain: domain, role: "camera", name: "site-\($0)"))
    }
    var entries: [AuthorityEntry.Leaf] = []
    try CertificateAuthority.forEachLogLine(state: state) { entry, _ in entries += [entry.leaf].compactMap { $0 } }
    #expect(entries.map(\.serial) == issued.map(\.serial))
    #expect(entries.map(\.id) == issued.map(\.id.description))
    #expect(entries.map(\.fingerprint) == issued.map { Fingerprint.of($0.chain[0]) })
    #expect(try TemporaryFolder.mode(CertificateAuthority.Files(state: state).log) == 0o600)
  }

  /// What cannot be recorded is not issued; a log that is gone is not begun anew.
  @Test func noIssuanceWithoutARecord() throws {
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    let site = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-1")
    let log = CertificateAuthority.Files(state: state).log
    try FileManager.default.removeItem(at: log)
    #expect(kind { try authority.issue(site) } == .missing)
    try FileManager.default.createDirectory(at: log, withIntermediateDirectories: false)
    #expect(kind { try authority.issue(site) } == .inputOutput)
  }

  private func kind(_ body: () throws -> some Any) -> IdentityError.Kind? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? IdentityError)?.kind ?? .internalFault
    }
  }
}
