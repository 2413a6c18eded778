import Foundation
import TacetLog
import Testing

@testable import TacetIdentity

/// An intermediate that was replaced is revoked by its root's list, and everything that it has signed with it.
@Suite(.serialized) struct IntermediateRevocationTests {
  private let folder: TemporaryFolder
  private let state: URL
  private let domain: TrustDomain
  private let passphrase: Passphrase

  init() throws {
    folder = try TemporaryFolder()
    state = folder.file("state")
    domain = try TrustDomain("mesh.example")
    passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
  }

  private func issue(_ name: String) throws -> IssuedSVID {
    try CertificateAuthority.open(state: state, passphrase: passphrase)
      .issue(SPIFFEID(trustDomain: domain, role: "camera", name: name))
  }

  private func lists(ofRoots: Bool) throws -> [RevocationList] {
    let signed =
      ofRoots
      ? try CertificateAuthority.signRootRevocationLists(
        state: state, passphrase: passphrase, nextUpdate: .seconds(3600))
      : try CertificateAuthority.signRevocationLists(state: state, passphrase: passphrase, nextUpdate: .seconds(3600))
    return signed.map(\.list)
  }

  private func verdict(_ issued: IssuedSVID, _ lists: [RevocationList]) async throws -> ChainVerdict {
    let register = RevocationRegister(lists: lists, requirement: .path)
    let roots = try CertificateAuthority.bundle(state: state)
    return try await ChainVerifier(roots: roots, trustDomain: domain, revocations: register)
      .verify(presented: issued.chain, at: Date().addingTimeInterval(1))
  }

  @Test func revokedIntermediateTakesItsLeavesWithIt() async throws {
    #expect(try CertificateAuthority.rootRevocationLists(state: state).isEmpty)
    let old = try issue("old")
    try CertificateAuthority.rotate(.intermediate, state: state, passphrase: passphrase)
    let new = try issue("new")
    // With every list of the path there, both hold; without the root's, neither does.
    let leafLists = try lists(ofRoots: false)
    let before = try lists(ofRoots: true)
    #expect(before.count == 1 && before[0].entries.isEmpty)
    #expect(try CertificateAuthority.rootRevocationLists(state: state).map(\.der) == before.map(\.der))
    for issued in [old, new] {
      #expect(try await verdict(issued, leafLists + before).peer?.id == issued.id)
      #expect(try await verdict(issued, leafLists).rejection == .revocationListMissing)
    }
    let revoked = try CertificateAuthority.revoke(
      intermediate: .number(1), reason: .keyCompromise, state: state, passphrase: passphrase)
    let after = try lists(ofRoots: true)
    #expect(after[0].entries.map(\.serial) == [revoked.serial] && after[0].number > before[0].number)
    #expect(after[0].entries.first?.reason == .keyCompromise)
    #expect(try CertificateAuthority.rootRevocationLists(state: state).map(\.der) == after.map(\.der))
    guard case .revoked(let serial, _, .keyCompromise)? = try await verdict(old, leafLists + after).rejection else {
      Issue.record("the leaf of a revoked intermediate is not refused as revoked")
      return
    }
    #expect(serial == revoked.serial)
    #expect(try await verdict(new, leafLists + after).peer?.id == new.id)
    // The log tells, and holds; the lists of leaves go on.
    let (file, key) = try CertificateAuthority.log(state: state)
    let found = try AuthorityLogVerifier(key: try NoteVerifier(key)).verify(file: file)
    #expect(found.holds && found.certificates == 2 && found.revocations == 0, "\(found.findings)")
    #expect(try lists(ofRoots: false).count == 2)
    // Once more changes nothing.
    let log = try Data(contentsOf: file)
    #expect(
      try CertificateAuthority.revoke(intermediate: .serial(revoked.serial), state: state, passphrase: passphrase)
        .number == 1)
    #expect(try Data(contentsOf: file) == log)
  }

  @Test func oneInForceIsRotatedFirst() throws {
    #expect(throws: IdentityError.self) {
      try CertificateAuthority.revoke(intermediate: .number(1), state: state, passphrase: passphrase)
    }
    for absent in [0, 2, -1] {
      #expect(throws: IdentityError.self) {
        try CertificateAuthority.revoke(intermediate: .number(absent), state: state, passphrase: passphrase)
      }
    }
  }

  /// A revocation of something that the log does not have: a list would not have it either, and is not signed.
  @Test func revocationOfNothing() throws {
    let log = try CertificateAuthority.Files(state: state).openLog(passphrase: passphrase)
    _ = try lists(ofRoots: false)
    try log.append(
      [.revoke(serial: "0123", id: "spiffe://mesh.example/camera/a", reason: "unspecified")], at: Date())
    #expect(throws: IdentityError.self) { try lists(ofRoots: false) }
  }

  /// After a rotation of the root, each root has its list.
  @Test func listsOfBothRoots() async throws {
    let old = try issue("old")
    try CertificateAuthority.rotate(.root, state: state, passphrase: passphrase)
    let new = try issue("new")
    _ = try CertificateAuthority.revoke(intermediate: .number(1), state: state, passphrase: passphrase)
    let roots = try lists(ofRoots: true)
    #expect(roots.map(\.entries.count) == [0, 1])
    let all = try lists(ofRoots: false) + roots
    #expect(try await verdict(old, all).rejection != nil)
    #expect(try await verdict(new, all).peer?.id == new.id)
  }
}
