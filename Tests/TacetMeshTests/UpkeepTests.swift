import Foundation
import Logging
import TacetMesh
import TacetPolicy
import TacetTransport
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// What is put into a node's files while it runs.
@Suite struct UpkeepTests {
  private let mesh: TestMesh
  private let folder: URL
  private let refusals = RefusalLog()
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  init() throws {
    mesh = try TestMesh()
    folder = FileManager.default.temporaryDirectory.appending(path: "tacet-upkeep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  // MARK: Revocation lists

  private func write(_ lists: [RevocationList], to name: String = "crl.pem") throws -> URL {
    let file = folder.appending(path: name)
    try Data(lists.map(\.pem).joined().utf8).write(to: file, options: .atomic)
    return file
  }

  @Test func aNewListIsInForce() async throws {
    defer { remove() }
    let peer = try mesh.issue("camera/site-1", into: folder.appending(path: "peer"))
    let file = try write([try mesh.list()])
    let register = RevocationRegister(requirement: .leaf)
    let files = RevocationFiles([file], into: register, refusals: refusals, logger: logger)
    try await files.load()
    let identity = try mesh.identity("gateway/g1", revocations: register)
    await files.prove(by: [identity])
    #expect(await rejection(of: peer.svid, by: identity) == nil)

    _ = try write([try mesh.list(revoking: [peer.serial], number: 2)])
    #expect(await rejection(of: peer.svid, by: identity) == nil)
    await files.look()
    #expect(await rejection(of: peer.svid, by: identity)?.rule == "revoked")

    // An older one, a damaged one, and none: each is counted once, and changes nothing.
    _ = try write([try mesh.list()])
    for _ in 0..<3 { await files.look() }
    #expect(refusals.snapshot.count == [.revocationList: 1])
    try Data("-----BEGIN X509 CRL-----\nAAAA".utf8).write(to: file)
    for _ in 0..<3 { await files.look() }
    #expect(refusals.snapshot.count == [.revocationList: 2])
    try FileManager.default.removeItem(at: file)
    for _ in 0..<3 { await files.look() }
    #expect(refusals.snapshot.count == [.revocationList: 3])
    #expect(await rejection(of: peer.svid, by: identity)?.rule == "revoked")

    _ = try write([try mesh.list(number: 3)])
    await files.look()
    #expect(await rejection(of: peer.svid, by: identity) == nil)
    #expect(refusals.snapshot.total == 3)
  }

  /// Nobody has spoken to this node yet: its own chain shows whose the list is, so that an older file changes nothing.
  @Test func aListIsProvenBeforeAnyPeerComes() async throws {
    defer { remove() }
    let peer = try mesh.issue("camera/site-1", into: folder.appending(path: "peer"))
    let file = try write([try mesh.list(revoking: [peer.serial], number: 2)])
    let register = RevocationRegister()
    let files = RevocationFiles([file], into: register, refusals: refusals, logger: logger)
    try await files.load()
    let identity = try mesh.identity("gateway/g1", revocations: register)
    await files.prove(by: [identity])
    _ = try write([try mesh.list()])
    await files.look()
    #expect(await rejection(of: peer.svid, by: identity)?.rule == "revoked")
    #expect(refusals.snapshot.count == [.revocationList: 1])
  }

  @Test func aListOfAnotherAuthorityTakesNothingAway() async throws {
    defer { remove() }
    let peer = try mesh.issue("camera/site-1", into: folder.appending(path: "peer"))
    let file = try write([try mesh.list(revoking: [peer.serial])])
    let register = RevocationRegister()
    let files = RevocationFiles([file], into: register, refusals: refusals, logger: logger)
    try await files.load()
    let identity = try mesh.identity("gateway/g1", revocations: register)
    await files.prove(by: [identity])
    _ = try write([try TestMesh("mesh.example").list(number: 99)])
    await files.look()
    #expect(await rejection(of: peer.svid, by: identity)?.rule == "revoked")
  }

  @Test func aFileThatHoldsNoListsEndsTheStart() async throws {
    defer { remove() }
    let missing = RevocationFiles(
      [folder.appending(path: "none.pem")], into: RevocationRegister(), refusals: refusals, logger: logger)
    await #expect(throws: IdentityError.self) { try await missing.load() }
    let file = folder.appending(path: "crl.pem")
    try Data("nothing".utf8).write(to: file)
    let damaged = RevocationFiles([file], into: RevocationRegister(), refusals: refusals, logger: logger)
    await #expect(throws: IdentityError.self) { try await damaged.load() }
  }

  private func rejection(of svid: SVID, by identity: MeshIdentity) async -> ChainRejection? {
    guard case .refused(let rejection) = await identity.verifier.verify(presented: svid.chain, at: Date()) else {
      return nil
    }
    return rejection
  }

  // MARK: Certificates

  /// Who was off for so long that all its lists are out of date can still fetch others; of whom they revoke it knows.
  @Test func listsOutOfDateDoNotKeepFromFetchingOthers() async throws {
    defer { remove() }
    let trust = try trust(identity: "{revocation: leaf, crl_grace: 0s}")
    let authority = try mesh.svid("camera/authority")
    func rule(_ trust: PeerTrust, of svid: SVID) async throws -> String? {
      await rejection(of: svid, by: try trust.identity(svid))?.rule
    }
    #expect(try await rule(trust, of: authority) == "revocation_list_missing")
    #expect(try await rule(trust.fetchingLists, of: authority) == nil)
    let revoked = try mesh.issue("camera/old", into: folder.appending(path: "old"))
    trust.revocations.replace(with: [try mesh.list(revoking: [revoked.serial], lives: -30)])
    #expect(try await rule(trust, of: authority) == "revocation_list_stale")
    for fetching in [trust.fetchingLists, trust.fetchingProofs] {
      #expect(try await rule(fetching, of: authority) == nil)
      #expect(try await rule(fetching, of: revoked.svid) == "revoked")
    }
  }

  private func trust(identity: String? = nil) throws -> PeerTrust {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let text = try String(contentsOf: project.appending(path: "Policies/strict.yaml"), encoding: .utf8)
    let file = folder.appending(path: "policy.yaml")
    let section = identity.map { "version: 1\nidentity: \($0)" } ?? "version: 1"
    try text.replacing("city.example", with: "mesh.example").replacing("version: 1", with: section)
      .write(to: file, atomically: true, encoding: .utf8)
    return try PeerTrust(policy: Policy.load(from: file), proofs: [])
  }

  private func put(_ files: [IssuedSVID.File], from source: URL, into home: URL) throws {
    for file in files {
      let target = home.appending(path: file.rawValue)
      try? FileManager.default.removeItem(at: target)
      try FileManager.default.copyItem(at: source.appending(path: file.rawValue), to: target)
    }
  }

  /// Key, certificate and bundle come one after the other; what does not belong together is not taken.
  @Test func aNewPairIsTakenWhenItIsComplete() async throws {
    defer { remove() }
    let home = folder.appending(path: "home")
    let old = try mesh.issue("gateway/g1", into: home)
    let identity = try await MeshIdentity.load(from: home, trust: try trust())
    let watch = IdentityFolder(home, of: identity, trust: try trust(), refusals: refusals, logger: logger)
    await watch.look()
    #expect(identity.current.version == 0)

    let new = try mesh.issue("gateway/g1", into: folder.appending(path: "new"))
    try put([.key], from: new.folder, into: home)
    for _ in 0..<3 { await watch.look() }
    #expect(identity.svid.chain == old.svid.chain && refusals.snapshot.total == 0)
    try put([.certificate], from: new.folder, into: home)
    await watch.look()
    #expect(identity.svid.chain == new.svid.chain && identity.current.version == 1)
    await watch.look()
    #expect(identity.current.version == 1)
  }

  @Test func aRootThatIsAddedIsTrusted() async throws {
    defer { remove() }
    let home = folder.appending(path: "home")
    _ = try mesh.issue("gateway/g1", into: home)
    let identity = try await MeshIdentity.load(from: home, trust: try trust())
    let watch = IdentityFolder(home, of: identity, trust: try trust(), refusals: refusals, logger: logger)
    let other = try TestMesh("mesh.example")
    let stranger = try other.svid("camera/site-1")
    #expect(await rejection(of: stranger, by: identity)?.rule == "untrusted")
    let bundle = home.appending(path: "bundle.pem")
    let both = try mesh.svid("gateway/g1").roots + stranger.roots
    try Data(PEMFile.text(both).utf8).write(to: bundle)
    await watch.look()
    #expect(await rejection(of: stranger, by: identity) == nil)
  }

  @Test func whatIsNoSuccessorIsCountedAndLeft() async throws {
    defer { remove() }
    let home = folder.appending(path: "home")
    let old = try mesh.issue("gateway/g1", into: home)
    let identity = try await MeshIdentity.load(from: home, trust: try trust())
    let watch = IdentityFolder(home, of: identity, trust: try trust(), refusals: refusals, logger: logger)
    let other = try mesh.issue("gateway/g2", into: folder.appending(path: "other"))
    try put(IssuedSVID.File.allCases, from: other.folder, into: home)
    for _ in 0..<9 { await watch.look() }
    #expect(refusals.snapshot.count == [.renewal: 1])
    #expect(refusals.snapshot.last?.detail.contains("gateway/g2") == true)
    try Data("half".utf8).write(to: home.appending(path: "cert.pem"))
    for _ in 0..<9 { await watch.look() }
    #expect(refusals.snapshot.count == [.renewal: 2])
    #expect(identity.svid.chain == old.svid.chain)
  }
}
