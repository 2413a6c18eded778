import Foundation
import TacetLog
import TacetPrivacy
import Testing

@testable import TacetAudit

/// An export, taken away and changed by somebody: the verifier names what is wrong and where.
@Suite final class LedgerExportTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "tacet-export-\(UUID().uuidString)")
  private var file: URL { folder.appendingPathComponent("ledger.sqlite") }
  private var export: URL { folder.appendingPathComponent("export") }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  /// A ledger of a budget and six charges, exported; and its key.
  private func makeExport(_ ledger: PrivacyLedger? = nil) async throws -> NoteVerifier {
    let ledger = try ledger ?? PrivacyLedger.open(folder: folder, create: true) { 1_000_000 }
    try await ledger.setBudget(Budget(epsilon: 4, delta: 1e-6, window: .seconds(3600)), for: "cam")
    try await charge(["a", "b", "c", "d", "e", "f"], to: ledger)
    #expect(try LedgerExport(of: file).write(to: export) == 7)
    return try NoteVerifier(ledger.verifierKey)
  }

  private func charge(_ releases: [String], to ledger: PrivacyLedger) async throws {
    let parameters = try ReleaseParameters(radius: 4, scale: 64)
    _ = try await ledger.record(device: "cam", releases: releases.map { ($0, parameters, 16) })
  }

  private func lines() throws -> [String] {
    try String(contentsOf: export, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// The line of an entry: five of the checkpoint and an empty one come before.
  private static let first = 6

  private func rewrite(_ change: (inout [String]) -> Void) throws {
    var lines = try lines()
    change(&lines)
    try Data(lines.joined(separator: "\n").utf8).write(to: export)
  }

  @Test func anExportHoldsAsTheLedgerDoes() async throws {
    let key = try await makeExport()
    let (fromFile, fromExport) = (
      try LedgerVerifier(key: key).verify(file: file), try LedgerVerifier(key: key).verify(file: export)
    )
    #expect(fromExport.holds)
    #expect(fromExport.root == fromFile.root)
    #expect(fromExport.devices == fromFile.devices)
    #expect(try lines()[Self.first].hasPrefix(#"{"delta":"1e-06","device":"cam""#))
    // What is there is never replaced.
    #expect(throws: LedgerError.self) { try LedgerExport(of: file).write(to: export) }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("export.") }
    #expect(left == [])
  }

  enum Change: CaseIterable {
    case cost, deleted, reordered, inserted, budget, dimension, time
  }

  @Test(arguments: [
    (Change.cost, LedgerFinding.Kind.wrongCost, UInt64(3)), (.deleted, .wrongIndex, 3), (.reordered, .wrongIndex, 3),
    (.inserted, .wrongIndex, 4), (.budget, .wrongLimit, 0), (.time, .timeReversed, 3),
  ])
  func theFirstWrongEntryIsNamed(change: Change, kind: LedgerFinding.Kind, index: UInt64) async throws {
    let key = try await makeExport()
    try rewrite { lines in
      let at = Self.first + 3
      switch change {
      case .cost: lines[at] = lines[at].replacing("\"cost\":", with: "\"cost\":1")
      case .deleted: lines.remove(at: at)
      case .reordered: lines.swapAt(at, at + 1)
      case .inserted: lines.insert(lines[at].replacing("\"c\"", with: "\"x\""), at: at + 1)
      case .budget: lines[Self.first] = lines[Self.first].replacing("4.0", with: "9.0")
      case .dimension: lines[at] = lines[at].replacing("\"dimension\":16", with: "\"dimension\":17")
      case .time: lines[at] = lines[at].replacing("\"time\":1000000", with: "\"time\":999999")
      }
    }
    let found = try LedgerVerifier(key: key).verify(file: export)
    #expect(!found.holds)
    #expect(found.findings.first?.kind == kind)
    #expect(found.findings.first?.index == index)
    #expect(found.findings.contains { $0.kind == .checkpointRoot || $0.kind == .checkpointSize })
  }

  /// Some changes contradict no other entry: the signature over all of them does.
  @Test func anEntryThatIsMerelyAnotherBreaksTheRoot() async throws {
    let key = try await makeExport()
    try rewrite { $0[Self.first + 3] = $0[Self.first + 3].replacing("\"dimension\":16", with: "\"dimension\":17") }
    #expect(try LedgerVerifier(key: key).verify(file: export).findings.map(\.kind) == [.checkpointRoot])
  }

  /// The end cut off, under an earlier checkpoint that is just as genuine: who has the later one sees it.
  @Test func aTruncatedTailContradictsTheLaterCheckpoint() async throws {
    let ledger = try PrivacyLedger.open(folder: folder, create: true) { 1_000_000 }
    let key = try await makeExport(ledger)
    try await charge(["g", "h"], to: ledger)
    let later = try SignedNote(await ledger.checkpoint())
    #expect(try LedgerVerifier(key: key).verify(file: export).holds)
    let found = try LedgerVerifier(key: key, remembered: [later]).verify(file: export)
    #expect(found.findings.map(\.kind) == [.rolledBack])
  }

  /// Two histories from one beginning, both signed by the ledger's key: a kept checkpoint of one refuses the other.
  @Test func aForkedHistoryContradictsAKeptCheckpoint() async throws {
    let ledger = try PrivacyLedger.open(folder: folder, create: true) { 1_000_000 }
    let key = try await makeExport(ledger)
    let copy = folder.appendingPathExtension("copy")
    try FileManager.default.copyItem(at: folder, to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    let fork = try PrivacyLedger.open(folder: copy, create: false) { 1_000_000 }
    let common = try SignedNote(await ledger.checkpoint())
    try await charge(["g"], to: ledger)
    try await charge(["other", "more"], to: fork)
    let kept = try SignedNote(await ledger.checkpoint())
    let forked = copy.appendingPathComponent("ledger.sqlite")
    #expect(try LedgerVerifier(key: key, remembered: [common]).verify(file: forked).holds)
    #expect(
      try LedgerVerifier(key: key, remembered: [common, kept]).verify(file: forked).findings.map(\.kind)
        == [.rolledBack])
  }

  @Test func anotherKeyIsRefused() async throws {
    let key = try await makeExport()
    let stranger = try NoteSigner(name: key.name).verifier
    let found = try LedgerVerifier(key: stranger).verify(file: export)
    #expect(found.findings.map(\.kind) == [.checkpointSignature])
  }

  @Test(arguments: ["", "x", "\n\n\n\n", "tacet-ledger/x\n1\nAAAA\n\n", "a\n\nb\n\n"])
  func whatIsNoExportIsAnError(content: String) async throws {
    let key = try await makeExport()
    try Data(content.utf8).write(to: export)
    do {
      #expect(try !LedgerVerifier(key: key).verify(file: export).holds)
    } catch {
      #expect("\(error)".contains("corrupt"))
    }
  }

  /// Every prefix of an export is an error or does not hold, and so is every byte changed.
  @Test func noPrefixAndNoChangedByteHolds() async throws {
    let key = try await makeExport()
    let whole = try Data(contentsOf: export)
    func holds(_ data: Data) throws -> Bool {
      try data.write(to: export)
      return (try? LedgerVerifier(key: key).verify(file: export).holds) ?? false
    }
    #expect(try holds(whole))
    for length in stride(from: 0, to: whole.count, by: 7) { #expect(try !holds(whole.prefix(length)), "\(length)") }
    for place in stride(from: 0, to: whole.count, by: 5) {
      var changed = whole
      changed[place] ^= 0x04
      #expect(try !holds(changed), "\(place)")
    }
  }
}
