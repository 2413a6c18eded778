import Foundation
import GRDB
import Testing

@testable import TacetPrivacy

/// A busy file and a damaged one: an error that says what to do, nothing granted, and on it goes when it can.
@Suite struct LedgerFaultTests {
  private let sandbox = LedgerSandbox()
  private let parameters: ReleaseParameters

  init() throws {
    parameters = try ReleaseParameters(radius: 1, scale: 64)
  }

  private func ledger() async throws -> PrivacyLedger {
    let ledger = try sandbox.open()
    try await ledger.setBudget(Budget(epsilon: 40, delta: 1e-6, window: nil), for: "cam")
    return ledger
  }

  @Test func aFileHeldByAnotherProcessIsAnError() async throws {
    let ledger = try await ledger()
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: sandbox.file.path, configuration: configuration)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    await #expect {
      try await ledger.answer("cam", "a", parameters)
    } throws: {
      "\($0)".contains("another process") && "\($0)".contains("nothing was granted")
    }
    try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    #expect(try await ledger.answer("cam", "a", parameters) == .granted(1))
  }

  /// A folder that only its owner may enter, with the ledger's keys and no ledger.
  private func copyOfKeys(named name: String) throws -> URL {
    let place = sandbox.folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    for key in ["key", "key.pub"] {
      try FileManager.default.copyItem(
        at: sandbox.folder.appendingPathComponent(key), to: place.appendingPathComponent(key))
    }
    return place
  }

  /// Whether a ledger that holds a release says that it is damaged; it may also find the release, and nothing else.
  private func refusesAsCorrupt(_ place: URL, page: Int) async throws -> Bool {
    let known = "r999-" + String(repeating: "x", count: 100)
    do throws(LedgerError) {
      let ledger = try PrivacyLedger.open(folder: place, create: false)
      #expect(try await ledger.answer("cam", known, parameters) == .already(1000), "page \(page)")
      return false
    } catch {
      if case .corrupt = error { return true }
      Issue.record("page \(page): \(error)")
      return false
    }
  }

  /// Each page of the file in turn is overwritten: no page makes a crash, or a release that was charged be charged again.
  @Test func aDamagedPageIsAnErrorOrHarmless() async throws {
    do {
      let ledger = try await ledger()
      for start in 0..<20 {
        let releases = (0..<50).map { ("r\(start * 50 + $0)-" + String(repeating: "x", count: 100), parameters, 4) }
        _ = try await ledger.record(device: "cam", releases: releases)
      }
    }
    try await DatabaseQueue(path: sandbox.file.path).writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
    let whole = try Data(contentsOf: sandbox.file)
    #expect(whole.count > 20 * 4096)
    var errors = 0
    for page in 0..<whole.count / 4096 {
      var damaged = whole
      damaged.replaceSubrange(page * 4096..<(page + 1) * 4096, with: Data(repeating: 0xA5, count: 4096))
      // A folder for each: the ledger before may still be closing its files.
      let place = try copyOfKeys(named: "page-\(page)")
      let file = place.appendingPathComponent("ledger.sqlite").path
      #expect(FileManager.default.createFile(atPath: file, contents: damaged, attributes: [.posixPermissions: 0o600]))
      if try await refusesAsCorrupt(place, page: page) { errors += 1 }
    }
    #expect(errors > 5)
  }
}
