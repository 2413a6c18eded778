import Foundation
import GRDB
import TacetLog
import Testing

@testable import TacetPrivacy

/// What is on disk: durability, permissions, and files that are not what we wrote.
@Suite struct LedgerStorageTests {
  private let sandbox = LedgerSandbox()
  private let parameters: ReleaseParameters
  private let budget: Budget

  init() throws {
    parameters = try ReleaseParameters(radius: 4, scale: 64)
    budget = try Budget(epsilon: 4, delta: 1e-6, window: nil)
  }

  private func mode(_ name: String) throws -> Int {
    let path = name.isEmpty ? sandbox.folder.path : sandbox.folder.appendingPathComponent(name).path
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  /// Changes the file behind the ledger's back.
  private func tamper(_ sql: String) throws {
    try DatabaseQueue(path: sandbox.file.path).write { try $0.execute(sql: sql) }
  }

  @Test func everyCommitIsSynced() async throws {
    let ledger = try sandbox.open()
    let settings = try ledger.store.read { tables in
      let database = try #require(tables as? SQLiteTables).database
      return (
        try Int.fetchOne(database, sql: "PRAGMA synchronous"), try String.fetchOne(database, sql: "PRAGMA journal_mode")
      )
    }
    #expect(settings.0 == 2)
    #expect(settings.1 == "wal")
  }

  @Test func filesAreTheOwnersAlone() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    #expect(try mode("") == 0o700)
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "key"] {
      #expect(try mode(name) == 0o600, "\(name)")
    }
    let secret = try String(contentsOf: sandbox.folder.appendingPathComponent("key"), encoding: .utf8)
    let published = try String(contentsOf: sandbox.folder.appendingPathComponent("key.pub"), encoding: .utf8)
    #expect(published == ledger.verifierKey + "\n")
    #expect(try NoteSigner(encoded: String(secret.dropLast())).verifier.description == ledger.verifierKey)
  }

  @Test(arguments: ["key", "ledger.sqlite"])
  func exposedFilesAreRefused(name: String) throws {
    _ = try sandbox.open()
    let path = sandbox.folder.appendingPathComponent(name).path
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: LedgerError.exposed(path: path)) { try sandbox.open() }
  }

  @Test func chargesSurviveReopening() async throws {
    try await sandbox.open().setBudget(budget, for: "cam")
    #expect(try await sandbox.open(create: false).answer("cam", "a", parameters) == .granted(1))
    let ledger = try sandbox.open(create: false)
    #expect(try await ledger.answer("cam", "a", parameters) == .already(1))
    #expect(try await ledger.answer("cam", "b", parameters) == .granted(2))
    #expect(try await ledger.summary(for: "cam")?.budgets.map(\.epsilon) == [budget.epsilon])
    let note = try SignedNote(await ledger.checkpoint())
    let checkpoint = try Checkpoint(note: note, verifiedBy: NoteVerifier(ledger.verifierKey))
    var tree = MerkleTree()
    for entry in try await ledger.entries(count: 10) { tree.append(entry.canonicalBytes) }
    #expect(checkpoint.size == 3)
    #expect(checkpoint.root == tree.root)
  }

  /// A key that was lost is put back by its owner: another would continue no log, and take the public half with it.
  @Test(arguments: [["key"], ["key", "key.pub"], ["key", "ledger.sqlite"]])
  func aLostKeyIsNotReplaced(lost: [String]) async throws {
    try await sandbox.open().setBudget(budget, for: "cam")
    for name in lost { try FileManager.default.removeItem(at: sandbox.folder.appendingPathComponent(name)) }
    let published = try? Data(contentsOf: sandbox.folder.appendingPathComponent("key.pub"))
    let key = sandbox.folder.appendingPathComponent("key").path
    #expect(throws: LedgerError.missingKey(path: key)) { try sandbox.open(create: true) }
    #expect(!FileManager.default.fileExists(atPath: key))
    #expect((try? Data(contentsOf: sandbox.folder.appendingPathComponent("key.pub"))) == published)
  }

  /// A public key that is right stays as it is: a full disk is no reason not to set a budget on a file that has room.
  @Test func thePublicKeyIsWrittenOnce() throws {
    let file = sandbox.folder.appendingPathComponent("key.pub").path
    func identity() throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: file)[.systemFileNumber] as? Int
    }
    let ledger = try sandbox.open()
    let first = try #require(try identity())
    _ = try sandbox.open()
    #expect(try identity() == first)
    try Data("other\n".utf8).write(to: URL(fileURLWithPath: file))
    _ = try sandbox.open()
    #expect(try String(contentsOfFile: file, encoding: .utf8) == ledger.verifierKey + "\n")
  }

  /// Root may write any file.
  @Test(.enabled(if: getuid() != 0)) func aReadOnlyFileLeavesNothingBehind() async throws {
    try await sandbox.open().setBudget(budget, for: "cam")
    func setMode(_ mode: Int) throws {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: sandbox.file.path)
    }
    try setMode(0o400)
    #expect {
      try sandbox.open(create: false)
    } throws: {
      "\($0)".contains("writable")
    }
    try setMode(0o600)
    #expect(try await sandbox.open(create: false).answer("cam", "a", parameters) == .granted(1))
  }

  @Test func noLedgerIsMissing() {
    #expect(throws: LedgerError.missing(path: sandbox.file.path)) { try sandbox.open(create: false) }
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder.path))
  }

  @Test(arguments: [
    "UPDATE head SET size = size + 1", "UPDATE head SET checkpoint = ''", "DELETE FROM head",
    "UPDATE head SET frontier = zeroblob(32)", "DELETE FROM entry WHERE position = 1", "PRAGMA user_version = 1",
    "UPDATE head SET frontier = 7", "PRAGMA application_id = 1", "DROP TABLE entry",
    "UPDATE head SET time = time + 86400", "UPDATE head SET time = 0",
  ])
  func changedHeadIsRefused(sql: String) async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    _ = try await ledger.answer("cam", "a", parameters)
    _ = try sandbox.open(create: false)
    try tamper(sql)
    #expect(throws: LedgerError.self) { try sandbox.open(create: false) }
  }

  @Test func garbageIsCorrupt() throws {
    _ = try sandbox.open()
    try Data(repeating: 0x41, count: 4096).write(to: sandbox.file)
    #expect {
      try sandbox.open()
    } throws: {
      if case LedgerError.corrupt = $0 { true } else { false }
    }
  }

  /// A commit that cannot be written grants nothing, and the ledger goes on when it can.
  @Test func failedCommitGrantsNothing() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    try tamper("CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'full'); END")
    await #expect(throws: LedgerError.self) { try await ledger.answer("cam", "a", parameters) }
    #expect(try await ledger.entries(count: 10).count == 1)
    try tamper("DROP TRIGGER full")
    #expect(try await ledger.answer("cam", "a", parameters) == .granted(1))
  }
}
