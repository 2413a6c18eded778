import Foundation
import Testing

@testable import TacetMesh

@Suite struct JournalTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-journal-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test func whatIsWrittenIsRead() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let journal = try Journal(in: folder)
    let record = ForecastRecord(
      step: 7, forecast: [1, 2], student: [1.5, 2.5], release: "1/7", silence: nil, accepted: ["gateway/gateway-1"],
      quarantined: [], trust: ["gateway/gateway-1": 0.75],
      standings: ["gateway/gateway-1": .probation], early: true, latencyMs: 81.5)
    try await journal.append(JournalRecord(forecast: record))
    try await journal.append(JournalRecord(mode: ModeRecord(fallback: true, reason: "tidying")))
    let records = try Journal.read(from: folder)
    #expect(records.count == 2)
    #expect(records[0].forecast?.trust == record.trust)
    #expect(records[0].forecast?.standings == record.standings)
    #expect(records[0].forecast?.latencyMs == 81.5)
    #expect(records[1].mode?.reason == "tidying")
    let mode = try FileManager.default.attributesOfItem(atPath: Journal.file(in: folder).path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func aLineCutOffByACrashIsLeftOut() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = #"{"receipt":{"site":"site-1","step":3}}"# + "\n"
    try (whole + #"{"receipt":{"si"#).write(to: Journal.file(in: folder), atomically: true, encoding: .utf8)
    #expect(try Journal.read(from: folder).compactMap(\.receipt).map(\.step) == [3])
  }

  @Test func aLineThatIsNotARecordIsNamed() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try "{}x\n".write(to: Journal.file(in: folder), atomically: true, encoding: .utf8)
    #expect(throws: MeshError.self) { try Journal.read(from: folder) }
  }
}
