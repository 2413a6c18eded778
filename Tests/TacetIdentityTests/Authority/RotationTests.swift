import Crypto
import Foundation
import Testing
import X509

@testable import TacetIdentity

/// Rotation of intermediate and root: both trusted in between, the old one gone when its last certificate is.
@Suite(.serialized) struct RotationTests {
  private let folder: TemporaryFolder
  private let state: URL
  private let domain: TrustDomain
  private let passphrase: Passphrase
  private let now = Date()

  init() throws {
    folder = try TemporaryFolder()
    state = folder.file("state")
    domain = try TrustDomain("mesh.example")
    passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
  }

  private func issue(_ name: String, lifetime: Duration = .seconds(3600), at date: Date? = nil) throws -> IssuedSVID {
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase, at: date ?? now)
    return try authority.issue(
      SPIFFEID(trustDomain: domain, role: "camera", name: name), lifetime: lifetime, at: date ?? now)
  }

  private func holds(_ issued: IssuedSVID, against roots: [[UInt8]], at date: Date? = nil) async throws -> Bool {
    let verifier = try ChainVerifier(roots: roots, trustDomain: domain)
    return await verifier.verify(presented: issued.chain, at: date ?? now).peer?.id == issued.id
  }

  @Test func intermediate() async throws {
    let old = try issue("old")
    try CertificateAuthority.rotate(.intermediate, state: state, passphrase: passphrase)
    let new = try issue("new")
    #expect(old.roots == new.roots)
    #expect(old.chain[1] != new.chain[1])
    for issued in [old, new] { #expect(try await holds(issued, against: new.roots)) }
  }

  @Test func rootWithBothTrustedInBetween() async throws {
    let old = try issue("old")
    try CertificateAuthority.rotate(.root, state: state, passphrase: passphrase)
    let new = try issue("new")
    #expect(new.roots.count == 2 && new.roots[1] == old.roots[0])
    // Who has the old bundle accepts the new certificate over the bridge; who has the new one, the old certificate.
    #expect(try await holds(new, against: old.roots))
    #expect(try await holds(old, against: new.roots))
    #expect(try await holds(new, against: [new.roots[0]]))
    #expect(try await !holds(old, against: [new.roots[0]]))
  }

  /// When the last certificate under the old root has expired, the old root is gone, and the bridge from it.
  @Test func oldRootExpires() async throws {
    _ = try issue("old", lifetime: .seconds(7200))
    try CertificateAuthority.rotate(.root, state: state, passphrase: passphrase)
    let before = try issue("new", at: now.addingTimeInterval(7100))
    #expect(before.roots.count == 2 && before.chain.count == 3)
    let after = try issue("newer", at: now.addingTimeInterval(7201))
    #expect(after.roots.count == 1 && after.chain.count == 2)
    #expect(try await holds(after, against: after.roots, at: now.addingTimeInterval(7300)))
  }

  @Test func threeRoots() async throws {
    let first = try issue("a")
    try CertificateAuthority.rotate(.root, state: state, passphrase: passphrase)
    let second = try issue("b")
    try CertificateAuthority.rotate(.root, state: state, passphrase: passphrase)
    try CertificateAuthority.rotate(.intermediate, state: state, passphrase: passphrase)
    let third = try issue("c")
    #expect(third.roots.count == 3)
    for bundle in [first.roots, second.roots, third.roots] { #expect(try await holds(third, against: bundle)) }
    for issued in [first, second, third] { #expect(try await holds(issued, against: third.roots)) }
  }

  /// Who had the authority open when it was rotated issues nothing more by the old intermediate.
  @Test func openDuringRotation() throws {
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    try CertificateAuthority.rotate(.intermediate, state: state, passphrase: passphrase)
    let id = try SPIFFEID(trustDomain: domain, role: "camera", name: "late")
    #expect(throws: IdentityError.self) { try authority.issue(id) }
  }

  @Test func wrongPassphraseChangesNothing() throws {
    let files = CertificateAuthority.Files(state: state)
    let before = try FileManager.default.subpathsOfDirectory(atPath: files.folder.path).sorted()
    let log = try Data(contentsOf: files.log)
    let wrong = try Passphrase("wrong")
    for what in [CertificateAuthority.Rotation.root, .intermediate] {
      #expect(throws: IdentityError.self) { try CertificateAuthority.rotate(what, state: state, passphrase: wrong) }
    }
    #expect(try FileManager.default.subpathsOfDirectory(atPath: files.folder.path).sorted() == before)
    #expect(try Data(contentsOf: files.log) == log)
  }

  /// A rotation that was killed before it took effect is in nobody's way.
  @Test func interruptedRotation() async throws {
    let old = try issue("old")
    let files = CertificateAuthority.Files(state: state)
    try FileManager.default.copyItem(at: files.generation(1).folder, to: files.generation(2).folder)
    let draft = files.generations.appendingPathComponent(".2-77")
    try FileManager.default.copyItem(at: files.generation(1).folder, to: draft)
    #expect(try issue("same").roots == old.roots)
    try CertificateAuthority.rotate(.root, state: state, passphrase: passphrase)
    let new = try issue("new")
    #expect(new.roots.count == 2)
    #expect(try await holds(new, against: old.roots))
    #expect(try FileManager.default.contentsOfDirectory(atPath: files.generations.path).sorted() == ["1", "2"])
  }

  @Test func logHoldsAndTells() throws {
    try CertificateAuthority.rotate(.root, state: state, passphrase: passphrase)
    _ = try issue("new")
    var kinds: [String] = []
    try CertificateAuthority.forEachLogLine(state: state) { entry, _ in
      switch entry.content {
      case .install(let signer): kinds.append("install \(signer.level)")
      case .rotate(let signer): kinds.append("rotate \(signer.level)")
      default: kinds.append("other")
      }
    }
    #expect(kinds == ["install root", "install intermediate", "rotate root", "rotate intermediate", "other"])
    let files = CertificateAuthority.Files(state: state)
    #expect(try AuthorityLogVerifier(key: files.readLogKey()).verify(file: files.log).holds)
  }

  /// After a rotation each intermediate has a list of its own, and the numbers rise.
  @Test func listsOfBothIntermediates() throws {
    let old = try issue("old")
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    _ = try authority.revoke(.id(old.id))
    try CertificateAuthority.rotate(.intermediate, state: state, passphrase: passphrase)
    let lists = try CertificateAuthority.signRevocationLists(
      state: state, passphrase: passphrase, nextUpdate: .seconds(3600))
    #expect(lists.map(\.list.entries.count) == [0, 1])
    #expect(lists[0].number < lists[1].number)
    try lists[1].list.check(issuedBy: old.chain[1], at: Date())
    let again = try CertificateAuthority.signRevocationLists(
      state: state, passphrase: passphrase, nextUpdate: .seconds(3600))
    #expect(again[0].number > lists[1].number)
  }
}
