import Foundation
import Testing

/// `bench rpc` does what it measures; how fast is the machine's affair.
@Suite(.timeLimit(.minutes(2))) struct BenchRPCTests {
  private struct Report: Decodable {
    struct Row: Decodable {
      let name: String
      let per_second: Double
      let bytes: Int
      let in_flight: Int?
      let p50_us: Double?
      let agents: Int?
      let failed: Int?
    }
    let results: [Row]
  }

  private func rows(_ arguments: [String]) async throws -> [Report.Row] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let all = ["bench", "rpc", "--bytes", "1024", "--folder", folder.path, "--format", "json"] + arguments
    let result = try await Tacet.run(Tacet.executable, all)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)).results
  }

  @Test func exchanges() async throws {
    let rows = try await rows(["--seconds", "0.2", "--in-flight", "1,8"])
    let kinds = ["link", "link, with the durable charge", "gRPC door"]
    #expect(rows.map(\.name) == [1, 8].flatMap { count in kinds.map { "\($0), \(count) in flight" } })
    #expect(rows.allSatisfy { $0.bytes == 1024 && $0.per_second > 0 && $0.p50_us ?? 0 > 0 })
    #expect(rows.map(\.in_flight) == [1, 1, 1, 8, 8, 8])
  }

  @Test func aFleet() async throws {
    let rows = try await rows(["--agents", "20", "--period", "1", "--seconds", "1"])
    #expect(rows.map(\.agents) == [20, 20])
    #expect(rows.last?.failed == 0)
  }
}
