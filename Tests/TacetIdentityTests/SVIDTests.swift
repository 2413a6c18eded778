import Foundation
import Testing
import X509

@testable import TacetIdentity

/// The three files of an identity, written and loaded.
@Suite struct SVIDTests {
  private let folder: TemporaryFolder
  private let authority: CertificateAuthority
  private let site: SPIFFEID
  private let other: SPIFFEID

  init() throws {
    folder = try TemporaryFolder()
    let domain = try TrustDomain("mesh.example")
    authority = try CertificateAuthority.ephemeral(trustDomain: domain)
    site = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-1")
    other = try SPIFFEID(trustDomain: domain, role: "camera", name: "site-2")
  }

  private var files: URL { folder.file("site-1") }
  private func file(_ name: String) -> URL { files.appendingPathComponent(name) }

  private func load() async throws(IdentityError) -> SVID {
    try await SVID.load(from: files)
  }

  private func expectFailure(_ kind: IdentityError.Kind, _ parts: String...) async {
    do {
      _ = try await load()
      Issue.record("loaded")
    } catch {
      #expect(error.kind == kind)
      for part in parts { #expect(error.description.contains(part), "\(error)") }
      #expect(!error.description.contains("\n"))
    }
  }

  @Test func roundTrip() async throws {
    let issued = try authority.issue(site)
    try issued.write(to: files)
    let svid = try await load()
    #expect(svid.id == site)
    #expect(svid.chain == [issued.chain[0], authority.intermediate])
    #expect(svid.roots == [authority.root])
    #expect(svid.notAfter == issued.notAfter)
    #expect("\(svid)".contains("PRIVATE KEY") == false)
  }

  @Test func modes() throws {
    try authority.issue(site).write(to: files)
    #expect(try TemporaryFolder.mode(files) == 0o700)
    #expect(try TemporaryFolder.mode(file("key.pem")) == 0o600)
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: files.path)) == ["bundle.pem", "cert.pem", "key.pem"])
  }

  @Test(arguments: ["cert.pem", "key.pem", "bundle.pem"]) func missing(name: String) async throws {
    try authority.issue(site).write(to: files)
    try FileManager.default.removeItem(at: file(name))
    await expectFailure(.missing, name)
  }

  /// Cut off in the middle of the last block.
  @Test(arguments: ["cert.pem", "key.pem", "bundle.pem"]) func cutOff(name: String) async throws {
    try authority.issue(site).write(to: files)
    let text = try String(contentsOf: file(name), encoding: .utf8)
    try folder.write(String(text.dropLast(40)), to: "site-1/\(name)")
    await expectFailure(.badInput, name, "cut off")
  }

  @Test(arguments: ["cert.pem", "bundle.pem"]) func empty(name: String) async throws {
    try authority.issue(site).write(to: files)
    try folder.write("", to: "site-1/\(name)")
    await expectFailure(.badInput, name, "not a PEM file")
  }

  @Test func keyOfAnother() async throws {
    try authority.issue(site).write(to: files)
    let key = try authority.issue(site).privateKeyPEM.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    try folder.write(key, to: "site-1/key.pem")
    await expectFailure(.badInput, "key.pem", "is not the key of")
  }

  @Test(arguments: [0o640, 0o604, 0o620, 0o601]) func keyOpenToOthers(mode: Int) async throws {
    try authority.issue(site).write(to: files)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file("key.pem").path)
    await expectFailure(.notPermitted, "key.pem", "chmod 600")
  }

  @Test func expired() async throws {
    let authority = try aged()
    try authority.issue(site, lifetime: .seconds(60), at: Date(timeIntervalSinceNow: -120)).write(to: files)
    await expectFailure(.badInput, "cert.pem", "expired")
  }

  @Test func bundleOfAnother() async throws {
    try authority.issue(site).write(to: files)
    let stranger = try CertificateAuthority.ephemeral(trustDomain: authority.trustDomain)
    try folder.write(PEMFile.text([stranger.root]), to: "site-1/bundle.pem")
    await expectFailure(.badInput, "bundle.pem")
  }

  @Test func leafInTheBundle() async throws {
    let issued = try authority.issue(site)
    try issued.write(to: files)
    try folder.write(PEMFile.text([issued.chain[0]]), to: "site-1/bundle.pem")
    await expectFailure(.badInput, "bundle.pem")
  }

  @Test(arguments: [1, 9]) func wrongNumberOfCertificates(count: Int) async throws {
    let issued = try authority.issue(site)
    try issued.write(to: files)
    let chain = [issued.chain[0]] + Array(repeating: authority.intermediate, count: count - 1)
    try folder.write(PEMFile.text(chain), to: "site-1/cert.pem")
    await expectFailure(.badInput, "cert.pem")
  }

  // MARK: Writing

  @Test func renewal() async throws {
    try authority.issue(site).write(to: files)
    let renewed = try authority.issue(site)
    try renewed.write(to: files)
    #expect(try await load().chain == renewed.chain)
  }

  @Test func folderOfAnotherWorkload() async throws {
    let issued = try authority.issue(site)
    try issued.write(to: files)
    #expect(throws: IdentityError.self) { try authority.issue(other).write(to: files) }
    #expect(throws: IdentityError.self) { try IssuedSVID.check(files, isFreeFor: other) }
    #expect(throws: Never.self) { try IssuedSVID.check(files, isFreeFor: site) }
    #expect(try await load().chain == issued.chain)
  }

  /// Interrupted after any of its steps, a write can be done again; what it left goes.
  @Test(
    arguments: [
      ["cert.pem.7.tmp"], ["cert.pem"], ["cert.pem", "bundle.pem.7.tmp"], ["cert.pem", "bundle.pem"],
      ["cert.pem", "bundle.pem", "key.pem.7.tmp"], ["cert.pem", "key.pem.4294967295.tmp", "bundle.pem", "key.pem"],
    ])
  func interrupted(left: [String]) async throws {
    try authority.issue(site).write(to: files)
    for name in try FileManager.default.contentsOfDirectory(atPath: files.path) where !left.contains(name) {
      try FileManager.default.removeItem(at: file(name))
    }
    for name in left where name.hasSuffix(".tmp") { try folder.write("half", to: "site-1/\(name)") }
    let issued = try authority.issue(site)
    try issued.write(to: files)
    let content = try FileManager.default.contentsOfDirectory(atPath: files.path)
    #expect(content.sorted() == ["bundle.pem", "cert.pem", "key.pem"])
    let bundle = try String(contentsOf: file("bundle.pem"), encoding: .utf8)
    #expect(bundle == PublishedFile.text(issued.roots))
    #expect(try String(contentsOf: file("cert.pem"), encoding: .utf8) == PublishedFile.text(issued.chain))
  }

  /// A key alone may be the only one of somebody's.
  @Test(arguments: ["key.pem", "key.pem.tmp", "key.pem.x.tmp", "key.pem.-1.tmp", "other.pem.7.tmp"])
  func keyAlone(name: String) throws {
    try SecretFile.prepare(folder: files)
    try folder.write("mine", to: "site-1/\(name)")
    #expect(throws: IdentityError.self) { try IssuedSVID.check(files, isFreeFor: site) }
    #expect(throws: IdentityError.self) { try authority.issue(site).write(to: files) }
    #expect(try String(contentsOf: file(name), encoding: .utf8) == "mine")
  }

  @Test func folderWithSomethingElse() throws {
    try SecretFile.prepare(folder: files)
    try folder.write("mine", to: "site-1/notes.txt")
    #expect(throws: IdentityError.self) { try authority.issue(site).write(to: files) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: files.path) == ["notes.txt"])
  }

  /// An authority that is old enough to have issued something that has expired.
  private func aged() throws -> CertificateAuthority {
    try .ephemeral(trustDomain: authority.trustDomain, at: Date(timeIntervalSinceNow: -3600))
  }
}
