import Foundation
import PostgresServer
import TacetAudit
import TacetLog
import Testing

@testable import TacetPrivacy

/// A ledger on a server that fails: nothing is granted whose commit is not known, and it heals.
@Suite(.enabled(if: PostgresCluster.programs != nil)) struct PostgresFaultTests {
  private let cluster: PostgresCluster
  private let sandbox: LedgerSandbox
  private let address: PostgresAddress
  private let parameters: ReleaseParameters
  private let budget: Budget

  init() throws {
    cluster = try PostgresCluster.shared.get()
    sandbox = StoreKind.$current.withValue(.postgres) { LedgerSandbox() }
    address = try #require(try sandbox.store?.get())
    parameters = try ReleaseParameters(radius: 4, scale: 64)
    budget = try Budget(epsilon: 4, delta: 1e-6, window: .seconds(3600))
  }

  /// The server ends the connection while it commits: nothing was charged.
  @Test func aCommitThatFailsGrantsNothing() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    let other = try PostgresConnection(address)
    try other.run(
      """
      CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(9); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER die AFTER INSERT ON tacet_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        EXECUTE FUNCTION die()
      """)
    await #expect { try await ledger.answer("cam", "r", parameters) } throws: { Self.isUnavailable($0) }
    try other.run("DROP TRIGGER die ON tacet_entry")
    #expect(try await ledger.answer("cam", "r", parameters) == .granted(1))
    #expect(try await ledger.summary(for: "cam")?.charges == 1)
  }

  /// The server committed and its answer was lost: not granted, charged once, and never noised again.
  @Test func aCommitWhoseAnswerIsLostIsNotGranted() async throws {
    let direct = try sandbox.open()
    try await direct.setBudget(budget, for: "cam")
    let proxy = try CuttingProxy(to: cluster.socket)
    let schema = try PostgresConnection(address).run("SELECT current_schema()").string(0, 0, "schema")
    let ledger = try PrivacyLedger.open(
      folder: sandbox.folder, store: PostgresAddress(cluster.address(schema: schema, socket: proxy.folder)),
      create: false)
    proxy.cutAfterCommit()
    await #expect { try await ledger.answer("cam", "r", parameters) } throws: { Self.isUnavailable($0) }
    #expect(try await ledger.answer("cam", "r", parameters) == .already(1))
    #expect(try await direct.summary(for: "cam")?.charges == 1)
  }

  /// An idle connection that was ended, as by a server's restart, is made anew without the caller's notice.
  @Test func anIdleConnectionIsMadeAnew() async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    let ended = try PostgresConnection(address).run(
      """
      SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE application_name = current_schema() AND pid <> pg_backend_pid()
      """)
    #expect(ended.count >= 2)
    #expect(try await ledger.answer("cam", "r", parameters) == .granted(1))
  }

  /// A server that comes back without fsync is no place for a ledger.
  @Test func aServerThatDoesNotSyncIsRefused() async throws {
    let cluster = try PostgresCluster()
    let address = try PostgresAddress(cluster.freshAddress())
    let ledger = try PrivacyLedger.open(folder: sandbox.folder, store: address, create: true)
    try await ledger.setBudget(budget, for: "cam")
    for setting in ["fsync", "full_page_writes"] {
      try cluster.stop()
      try cluster.start("\(setting)=off")
      await #expect { try await ledger.answer("cam", "r", parameters) } throws: {
        "\($0)".contains("\(setting) is off")
      }
    }
    try cluster.stop()
    try cluster.start()
    #expect(try await ledger.answer("cam", "r", parameters) == .granted(1))
  }

  /// A server that is told not to sync while a gateway is connected: the very next charge is refused.
  @Test func aServerThatStopsSyncingIsRefused() async throws {
    let cluster = try PostgresCluster()
    let address = try PostgresAddress(cluster.freshAddress())
    let ledger = try PrivacyLedger.open(folder: sandbox.folder, store: address, create: true)
    try await ledger.setBudget(budget, for: "cam")
    let other = try PostgresConnection(address)
    for setting in ["fsync", "full_page_writes"] {
      try cluster.query("ALTER SYSTEM SET \(setting) = off")
      try await reload(other, until: setting, is: "off")
      await #expect { try await ledger.answer("cam", setting, parameters) } throws: {
        "\($0)".contains("\(setting) is off")
      }
      try cluster.query("ALTER SYSTEM RESET \(setting)")
      try await reload(other, until: setting, is: "on")
    }
    #expect(try await ledger.answer("cam", "r", parameters) == .granted(1))
  }

  /// Sessions take the server's settings up between statements.
  private func reload(_ connection: PostgresConnection, until setting: String, is value: String) async throws {
    try connection.run("SELECT pg_reload_conf()")
    while try connection.run("SHOW \(setting)").string(0, 0, setting) != value {
      try await Task.sleep(for: .milliseconds(10))
    }
    // Another session may hear of it a moment later.
    try await Task.sleep(for: .milliseconds(200))
  }

  /// A crash empties unlogged tables.
  @Test(arguments: ["tacet_entry", "tacet_head", "tacet_device", "tacet_charged"])
  func anUnloggedTableIsRefused(table: String) async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    let other = try PostgresConnection(address)
    try other.run("ALTER TABLE \(table) SET UNLOGGED")
    await #expect { try await ledger.answer("cam", "r", parameters) } throws: { "\($0)".contains("unlogged") }
    try other.run("ALTER TABLE \(table) SET LOGGED")
    #expect(try await ledger.answer("cam", "r", parameters) == .granted(1))
  }

  /// `synchronous_commit` is the session's to choose: whatever the server's default is, a commit of the ledger waits.
  @Test func everyCommitWaitsForTheDisk() async throws {
    let role = try PostgresConnection(address).run("SELECT current_schema()").string(0, 0, "schema")
    try cluster.query("CREATE ROLE \(role) SUPERUSER LOGIN; ALTER ROLE \(role) SET synchronous_commit = off")
    let lazy = try PostgresAddress(cluster.address(schema: role).replacingOccurrences(of: "mesh@", with: "\(role)@"))
    let store = try PostgresStore(address: lazy, signer: NoteSigner(name: "tacet-ledger/test"), create: true)
    let setting = try store.transact { tables in
      let connection = try #require(tables as? PostgresTables).connection
      return (try connection.run("SHOW synchronous_commit").string(0, 0, "setting"), nil)
    }
    #expect(setting == "on")
  }

  @Test func anotherKeyIsRefused() throws {
    _ = try sandbox.open()
    let other = LedgerSandbox()
    #expect {
      try PrivacyLedger.open(folder: other.folder, store: address, create: true)
    } throws: {
      if case .foreignKey = $0 as? LedgerError { true } else { false }
    }
  }

  @Test func noLedgerIsMissing() throws {
    let other = LedgerSandbox()
    _ = try other.open()
    #expect(throws: LedgerError.missing(path: address.description)) {
      try PrivacyLedger.open(folder: other.folder, store: address, create: false)
    }
  }

  /// The audit reads the same rows, and sees one that was changed.
  @Test(arguments: [
    "SELECT 1", "DELETE FROM tacet_charged WHERE release = 'r1'", "UPDATE tacet_charged SET cost = cost - 1",
    "UPDATE tacet_device SET state = replace(state, '\"charges\":3', '\"charges\":2')",
    "UPDATE tacet_head SET time = time + 86400", "DELETE FROM tacet_entry WHERE position = 2",
    "UPDATE tacet_entry SET leaves = overlay(leaves PLACING '9' FROM 3) WHERE position = 1",
  ])
  func tamperingIsFound(statement: String) async throws {
    let ledger = try sandbox.open()
    try await ledger.setBudget(budget, for: "cam")
    for number in 0..<3 { _ = try await ledger.answer("cam", "r\(number)", parameters) }
    try PostgresConnection(address).run(statement)
    let verifier = LedgerVerifier(key: try NoteVerifier(ledger.verifierKey))
    let found = try PostgresLedger(address).examine { try verifier.verify($0) }
    #expect(found.holds == (statement == "SELECT 1"), "\(found.findings)")
  }

  static func isUnavailable(_ error: any Error) -> Bool {
    if case .unavailable = error as? LedgerError { true } else { false }
  }
}
