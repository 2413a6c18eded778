import Foundation
import Testing

@testable import TacetIdentity

/// The three files of an identity, replaced by somebody who is stopped at any moment.
@Suite struct SVIDReplacementTests {
  private let folder: TemporaryFolder
  private let authority: CertificateAuthority
  private let site: SPIFFEID

  init() throws {
    folder = try TemporaryFolder()
    let domain = try TrustDomain("mesh.example")
    authority = try CertificateAuthority.ephemeral(trustDomain: domain)
    site = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-1")
  }

  private var files: URL { folder.file("site-1") }
  private func file(_ name: String) -> URL { files.appendingPathComponent(name) }
  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: files.path).sorted() }

  private func load() async throws(IdentityError) -> SVID {
    try await SVID.load(from: files)
  }

  private func leave(keyOf issued: IssuedSVID, as name: String = "key.pem.next") throws {
    let key = issued.privateKeyPEM.withUnsafeBytes { Data($0) }
    try SecretFile.write(key, to: file(name), mode: 0o600)
  }

  @Test func stoppedBeforeTheCertificate() async throws {
    let (old, new) = (try authority.issue(site), try authority.issue(site))
    try old.write(to: files)
    try leave(keyOf: new)
    #expect(try await load().chain == old.chain)
    try new.replace(in: files)
    #expect(try await load().chain == new.chain)
  }

  @Test func stoppedBetweenTheCertificateAndItsKey() async throws {
    let (old, new, next) = (try authority.issue(site), try authority.issue(site), try authority.issue(site))
    try old.write(to: files)
    try leave(keyOf: new)
    try folder.write(PEMFile.text(new.chain), to: "site-1/cert.pem")
    #expect(try await load().chain == new.chain)

    // Whoever is stopped next, at his first step, has lost nothing.
    try FileManager.default.createDirectory(at: file("key.pem.next.d"), withIntermediateDirectories: false)
    try next.replace(in: files)
    #expect(try await load().chain == next.chain)
    #expect(try names() == ["bundle.pem", "cert.pem", "key.pem", "key.pem.next.d"])
  }

  @Test func theKeyLeftBesideIsKeptBeforeAnotherComes() async throws {
    let (old, new, next) = (try authority.issue(site), try authority.issue(site), try authority.issue(site))
    try old.write(to: files)
    try leave(keyOf: new)
    try folder.write(PEMFile.text(new.chain), to: "site-1/cert.pem")
    // The certificate cannot be replaced: something is in the way of it.
    try FileManager.default.removeItem(at: file("bundle.pem"))
    try FileManager.default.createDirectory(at: file("bundle.pem"), withIntermediateDirectories: false)
    #expect(throws: IdentityError.self) { try next.replace(in: files) }
    try FileManager.default.removeItem(at: file("bundle.pem"))
    try folder.write(PEMFile.text(next.roots), to: "site-1/bundle.pem")
    #expect(try await load().chain == next.chain)
  }

  @Test func theFirstWriteIsDoneAgain() async throws {
    let issued = try authority.issue(site)
    try SecretFile.prepare(folder: files)
    try leave(keyOf: issued)
    try leave(keyOf: issued, as: "key.pem.next.4711.tmp")
    try leave(keyOf: issued, as: "cert.pem.12.tmp")
    try issued.write(to: files)
    #expect(try await load().chain == issued.chain)
    try authority.issue(site).write(to: files)
  }

  @Test func whatElseIsThereStays() async throws {
    let (old, new) = (try authority.issue(site), try authority.issue(site))
    try old.write(to: files)
    try folder.write("mine", to: "site-1/notes.txt")
    #expect(throws: IdentityError.self) { try new.write(to: files) }
    try new.replace(in: files)
    #expect(try await load().chain == new.chain)
    #expect(try names().contains("notes.txt"))
    let other = try SPIFFEID(trustDomain: authority.trustDomain, role: "camera", name: "site-2")
    #expect(throws: IdentityError.self) { try authority.issue(other).replace(in: files) }
    #expect(try await load().chain == new.chain)
  }

  @Test(arguments: ["key.pem.x.tmp", "key.pem..tmp", "other.pem.1.tmp", "key.pem.1.tmp.bak", "key.pem.next.x"])
  func namesThatAreNobodysLeftovers(name: String) throws {
    try SecretFile.prepare(folder: files)
    try folder.write("mine", to: "site-1/\(name)")
    #expect(throws: IdentityError.self) { try IssuedSVID.check(files, isFreeFor: site) }
  }

  @Test func manyMakeAFolderAtOnce() async throws {
    for round in 0..<50 {
      let place = folder.file("made-\(round)/deep")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try SecretFile.prepare(folder: place) } }
        try await group.waitForAll()
      }
    }
  }
}
