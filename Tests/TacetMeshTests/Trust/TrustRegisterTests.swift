import Foundation
import Logging
import TacetIdentity
import TacetMesh
import TacetTrust
import Testing

/// What a node knows of its peers survives it, and what is no book of trust is never taken for one.
@Suite final class TrustRegisterTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "tacet-trust-\(UUID().uuidString)")
  private var file: URL { TrustFile.place(in: folder) }
  private let time = Date(timeIntervalSince1970: 1_800_000_000)
  private let peers: Set = ["gateway/a", "gateway/b", "gateway/c"]

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func register(peers: Set<String>? = nil, at time: Date? = nil) throws -> TrustRegister {
    try TrustRegister(
      in: folder, peers: peers ?? self.peers,
      parameters: TrustParameters(trim: 1, threshold: 0.3, forgetting: 0.95, tolerance: 0.5), at: time ?? self.time,
      logger: Logger(label: "test"))
  }

  private func judge(_ register: TrustRegister, lie: Float = 50) async -> TrustVerdict<[Float]> {
    await register.judge(
      ["gateway/a": [1], "gateway/b": [lie], "gateway/c": [1]], dimension: 1,
      in: TrustRound(.answer, members: peers, at: time))
  }

  @Test func aChangeOfAStandingIsKeptAtOnceAndLittleElseIsLost() async throws {
    let first = try register()
    while await !first.current.quarantined(for: .answer).contains("gateway/b") { _ = await judge(first) }
    // Nobody has said that it ends.
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let second = try register(at: time.addingTimeInterval(99))
    #expect(await second.current.quarantined(for: .answer) == ["gateway/b"])
    #expect(await second.current.snapshot == first.current.snapshot)
    for _ in 0..<TrustRegister.mostUnwritten + 5 { _ = await judge(second) }
    let kept = try #require(try TrustFile.read(file))
    let rounds = await second.current.record(of: "gateway/b", for: .answer)?.observations ?? 0
    let lost = rounds - (kept.record(of: "gateway/b", for: .answer)?.observations ?? 0)
    #expect((0..<TrustRegister.mostUnwritten).contains(lost))
    await second.flush()
    #expect(await try TrustFile.read(file)?.snapshot == second.current.snapshot)
  }

  /// Founders are those of the first start; who is named later is new, whoever names it.
  @Test func aPeerThatIsNamedLaterIsNew() async throws {
    _ = await judge(try register())
    let later = try register(peers: peers.union(["gateway/d"]), at: time.addingTimeInterval(5))
    #expect(await later.current.enrolment(of: "gateway/a")?.isFounding == true)
    #expect(await later.current.enrolment(of: "gateway/d")?.isFounding == false)
    #expect(await later.current.enrolment(of: "gateway/d")?.firstSeen == time.addingTimeInterval(5))
  }

  @Test func theIssuerIsThatOfTheVerifiedChain() async throws {
    let register = try register(peers: [])
    await register.admit("gateway/d", issuer: "k1", at: time)
    await register.admit("gateway/d", issuer: "k2", at: time)
    #expect(try TrustFile.read(file)?.enrolment(of: "gateway/d")?.issuer == "k1")
  }

  @Test(arguments: ["", "{", "[]", "{\"version\":1}", "{\"version\":1,\"peers\":[]}", "\u{0}\u{1}"])
  func aDamagedFileIsAnErrorThatNamesIt(text: String) async throws {
    try write(text)
    let error = try #require(throws: MeshError.self) { try register() }
    #expect(error.kind == .badInput && error.description.contains(file.path))
    #expect(error.description.contains("move it away"))
  }

  @Test func aLaterVersionIsAnErrorThatSaysSo() async throws {
    try write("{\"version\":2,\"other\":true}")
    let error = try #require(throws: MeshError.self) { try register() }
    #expect(error.kind == .badInput && error.description.contains("version 2"))
  }

  @Test func aFileThatOthersMayReadIsRefused() async throws {
    _ = await judge(try register())
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    #expect(throws: IdentityError.self) { try register() }
  }

  /// A disk that cannot be written does not stop the node; what was not written is written later.
  @Test func whatCannotBeWrittenIsTriedAgain() async throws {
    let register = try register()
    try FileManager.default.moveItem(at: folder, to: folder.appendingPathExtension("away"))
    _ = await judge(register)
    try FileManager.default.moveItem(at: folder.appendingPathExtension("away"), to: folder)
    #expect(!FileManager.default.fileExists(atPath: file.path))
    _ = await judge(register)
    #expect(FileManager.default.fileExists(atPath: file.path))
  }

  private func write(_ text: String) throws {
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
  }
}
