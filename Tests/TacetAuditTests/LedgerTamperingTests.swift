import Foundation
import GRDB
import TacetLog
import TacetPrivacy
import Testing

@testable import TacetAudit

/// A real ledger file, changed by somebody without its key: each part that is changed gives the finding it should.
@Suite struct LedgerTamperingTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-audit-\(UUID().uuidString)")

  private var file: URL { folder.appendingPathComponent("ledger.sqlite") }

  private func makeLedger() async throws -> NoteVerifier {
    let ledger = try PrivacyLedger.open(folder: folder, create: true, indexing: 1) { 1_000_000 }
    let parameters = try ReleaseParameters(radius: 4, scale: 64)
    try await ledger.setBudget(Budget(epsilon: 4, delta: 1e-6, window: nil), for: "cam")
    for release in ["a", "b", "c", "d"] {
      _ = try await ledger.charge(device: "cam", release: release, parameters: parameters, dimension: 16)
    }
    return try NoteVerifier(ledger.verifierKey)
  }

  private func verify(after sql: String) async throws -> LedgerVerification {
    let key = try await makeLedger()
    defer { try? FileManager.default.removeItem(at: folder) }
    try await DatabaseQueue(path: file.path).write { try $0.execute(sql: sql) }
    return try LedgerVerifier(key: key).verify(file: file)
  }

  @Test func anUntouchedLedgerHolds() async throws {
    let found = try await verify(after: "SELECT 1")
    #expect(found.findings == [])
    #expect(found.holds)
    #expect(found.size == 5)
    #expect(found.devices.map(\.device) == ["cam"])
    #expect(found.devices.map(\.charges) == [4])
  }

  @Test(arguments: [
    // An entry's byte: another release, the same length.
    (
      #"UPDATE entry SET leaves = CAST(replace(CAST(leaves AS TEXT), '"b"', '"x"') AS BLOB) WHERE position = 2"#,
      [LedgerFinding.Kind.checkpointRoot, .wrongSum]
    ),
    // A byte that makes it unreadable.
    ("UPDATE entry SET leaves = x'00' WHERE position = 2", [.malformedEntry, .checkpointRoot, .wrongSum]),
    // A removed row.
    ("DELETE FROM entry WHERE position = 2", [.missingEntry, .checkpointSize, .wrongSum]),
    // Two rows swapped.
    (
      """
      UPDATE entry SET position = 99 WHERE position = 2; UPDATE entry SET position = 2 WHERE position = 3;
      UPDATE entry SET position = 3 WHERE position = 99
      """, [.wrongIndex, .checkpointRoot, .wrongSum]
    ),
    // The end cut off.
    ("DELETE FROM entry WHERE position = 4", [.checkpointSize, .wrongSum]),
    // An entry put behind.
    (
      "INSERT INTO entry SELECT 5, leaves FROM entry WHERE position = 4",
      [.wrongIndex, .duplicateRelease, .checkpointSize, .wrongSum]
    ),
    // The sum that decides, made small; the limit that decides, raised.
    ("UPDATE device SET state = replace(state, '\"spent\":', '\"spent\":1')", [.wrongSum]),
    ("UPDATE device SET state = replace(state, '_limit\":', '_limit\":9')", [.wrongSum]),
    ("UPDATE device SET state = replace(state, 'epsilon\":\"4.0', 'epsilon\":\"9.0')", [.wrongSum]),
    ("DELETE FROM device", [.wrongSum]),
    ("INSERT INTO device SELECT 'ghost', state FROM device", [.wrongSum]),
    // The index of releases, so that one may be charged again.
    ("DELETE FROM charged WHERE position = 2", [.wrongSum]),
    ("UPDATE charged SET fingerprint = fingerprint + 1 WHERE position = 2", [.wrongSum]),
    ("UPDATE head SET salt = randomblob(16)", [.wrongSum]),
    // What the next entry continues: its tree, and the time that no window refills before.
    ("UPDATE head SET time = time + 86400", [.wrongSum]),
    ("UPDATE head SET time = 0", [.wrongSum]),
    ("UPDATE head SET size = size - 1", [.wrongSum]),
    ("UPDATE head SET frontier = zeroblob(length(frontier))", [.wrongSum]),
    // The signature, and another size under it.
    (
      "UPDATE head SET checkpoint = replace(checkpoint, char(10) || '5' || char(10), char(10) || '4' || char(10))",
      [.checkpointSignature]
    ),
    ("UPDATE head SET checkpoint = ''", [.checkpointSignature]),
  ])
  func everyChangeIsFound(sql: String, expected: [LedgerFinding.Kind]) async throws {
    let found = try await verify(after: sql)
    #expect(!found.holds)
    var kinds: [LedgerFinding.Kind] = []
    for finding in found.findings where !kinds.contains(finding.kind) { kinds.append(finding.kind) }
    #expect(kinds == expected)
  }

  /// Someone who can write the file and puts the index right too would still be given away by the entries: the first that
  /// is wrong is named, whatever follows from it.
  @Test(arguments: [
    // A charge made dearer; the budget's limit raised.
    (
      #"UPDATE entry SET leaves = CAST(replace(CAST(leaves AS TEXT), '"cost":', '"cost":1') AS BLOB) WHERE position = 2"#,
      LedgerFinding.Kind.wrongCost, UInt64(2)
    ),
    (
      #"UPDATE entry SET leaves = CAST(replace(CAST(leaves AS TEXT), '"limit":', '"limit":9') AS BLOB) WHERE position = 0"#,
      .wrongLimit, 0
    ),
    // Removed, and the gap left or closed.
    ("DELETE FROM entry WHERE position = 2", .missingEntry, 3),
    (
      """
      DELETE FROM entry WHERE position = 2; UPDATE entry SET position = 2 WHERE position = 3;
      UPDATE entry SET position = 3 WHERE position = 4
      """, .wrongIndex, 2
    ),
    // Two in each other's place.
    (
      """
      UPDATE entry SET position = 99 WHERE position = 2; UPDATE entry SET position = 2 WHERE position = 3;
      UPDATE entry SET position = 3 WHERE position = 99
      """, .wrongIndex, 2
    ),
    // Another charge put between, in place of index 2.
    (
      #"""
      UPDATE entry SET position = 5 WHERE position = 4; UPDATE entry SET position = 4 WHERE position = 3;
      UPDATE entry SET position = 3 WHERE position = 2;
      INSERT INTO entry SELECT 2, CAST(replace(CAST(leaves AS TEXT), '"b"', '"x"') AS BLOB) FROM entry WHERE position = 3
      """#, .wrongIndex, 3
    ),
  ])
  func theFirstWrongEntryIsNamed(sql: String, kind: LedgerFinding.Kind, index: UInt64) async throws {
    let found = try await verify(after: sql)
    #expect(found.findings.first?.kind == kind)
    #expect(found.findings.first?.index == index)
  }

  @Test func verificationChangesNothing() async throws {
    let key = try await makeLedger()
    defer { try? FileManager.default.removeItem(at: folder) }
    let before = try Data(contentsOf: file)
    #expect(try LedgerVerifier(key: key).verify(file: file).holds)
    #expect(try Data(contentsOf: file) == before)
  }

  @Test func whatIsNoLedgerIsAnError() throws {
    let key = try NoteSigner(name: "any").verifier
    #expect(throws: LedgerError.missing(path: file.path)) { try LedgerVerifier(key: key).verify(file: file) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for content in [Data(), Data(repeating: 7, count: 5000)] {
      try content.write(to: file)
      #expect {
        try LedgerVerifier(key: key).verify(file: file)
      } throws: {
        if case LedgerError.corrupt = $0 { true } else { false }
      }
    }
  }
}
