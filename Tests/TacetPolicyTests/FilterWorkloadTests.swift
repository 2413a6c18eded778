import Foundation
import TacetDocument
import TacetPrivacy
import Testing

@testable import TacetPolicy

/// Workload files: what they say, or an error with its line.
@Suite struct FilterWorkloadTests {
  private func load(_ text: String) throws -> FilterWorkload {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    return try FilterWorkload.load(from: file)
  }

  @Test func readsAll() throws {
    let workload = try load(
      """
      steps: 12
      queries:
        - {sum: 3}
        - weights: [1, -0.5, 0]
          importance: 2.5
      autocovariance: [4, 2, 1]
      """)
    #expect(workload.steps == 12)
    #expect(workload.queries == [.sum(of: 3), .init(weights: [1, -0.5, 0], importance: 2.5)])
    #expect(workload.autocovariance == [4, 2, 1])
    #expect(try load("steps: 2880\nqueries: [{sum: 2880}]").autocovariance == nil)
  }

  /// Each text, and the line that its error must name.
  @Test(arguments: [
    ("steps: 0\nqueries: [{sum: 1}]", 1), ("steps: 20000\nqueries: [{sum: 1}]", 1), ("queries: [{sum: 1}]", 1),
    ("steps: 5", 1), ("steps: 5\nqueries: []", 2), ("steps: 5\nqueries: {sum: 1}", 2), ("steps: 5\nqueries: [1]", 2),
    ("steps: 5\nqueries:\n  - sum: 6", 3), ("steps: 5\nqueries:\n  - sum: 0", 3),
    ("steps: 5\nqueries:\n  - sum: 2\n    weights: [1]", 4), ("steps: 5\nqueries:\n  - importance: 2", 3),
    ("steps: 5\nqueries:\n  - sum: 2\n    importance: 0", 4), ("steps: 5\nqueries:\n  - sum: 2\n    weight: [1]", 4),
    ("steps: 5\nqueries:\n  - sum: 2\n  - weights: []", 4), ("steps: 5\nqueries:\n  - sum: 2\n  - weights: [0, 0]", 4),
    ("steps: 5\nqueries:\n  - weights: [.nan]", 3), ("steps: 5\nqueries:\n  - weights: [1e9]", 3),
    ("steps: 2\nqueries:\n  - weights: [1, 1, 1]", 3), ("steps: 5\nqueries:\n  - weights: 1", 3),
    ("steps: 5\nqueries:\n  - sum: 2\nautocovariance: [1, 2]", 4),
    ("steps: 5\nqueries:\n  - sum: 2\nautocovariance: 3", 4), ("steps: 5\nqueries:\n  - sum: 2\nautocovariance: []", 4),
    ("steps: 200\nqueries:\n  - sum: 2\nautocovariance: [1]", 1), ("steps: 5\nquery: [{sum: 1}]", 1),
    ("steps: 5\nqueries: [{sum: 1}]\nautocovarance: [1]", 3),
  ])
  func refuses(text: String, line: Int) throws {
    do {
      _ = try load(text)
      Issue.record("accepted: \(text)")
    } catch let error as DocumentError {
      #expect(error.kind == .malformed)
      #expect(error.line == line, "\(error)")
    }
  }

  @Test func missing() {
    do {
      _ = try FilterWorkload.load(from: URL(fileURLWithPath: "/nonexistent"))
      Issue.record("read")
    } catch { #expect(error.kind == .missing) }
  }
}
