import Foundation
import TacetTrust
import Testing

/// A book is what it was after it was kept, and nothing else is taken for one.
@Suite struct TrustSnapshotTests {
  private func kept() throws -> (book: TrustBook, data: Data) {
    var mesh = Mesh()
    for _ in 0..<30 { _ = mesh.judge(["a": [1], "b": [50], "c": [1]]) }
    mesh.book.admit("d", issuer: "one", at: Mesh.time)
    mesh.book.observe(.checkpointKept(at: Mesh.time), of: "d", for: .witness)
    return (mesh.book, try JSONEncoder().encode(mesh.book.snapshot))
  }

  @Test func nothingIsLost() throws {
    let (book, data) = try kept()
    let again = try TrustBook(
      JSONDecoder().decode(TrustBook.Snapshot.self, from: data), parameters: Mesh.parameters)
    #expect(again.snapshot == book.snapshot)
    #expect(again.quarantined(for: .answer) == ["b"])
    #expect(again.enrolment(of: "d")?.issuer == "one")
  }

  @Test func otherVersionsAndImpossibleNumbersAreRefused() throws {
    let text = String(decoding: try kept().data, as: UTF8.self)
    func load(_ old: String, _ new: String) throws -> TrustBook {
      try #require(text.contains(old))
      let data = Data(text.replacingOccurrences(of: old, with: new).utf8)
      return try TrustBook(JSONDecoder().decode(TrustBook.Snapshot.self, from: data), parameters: Mesh.parameters)
    }
    #expect(throws: TrustSnapshotError.newer(version: 2)) { try load("\"version\":1", "\"version\":2") }
    #expect(throws: TrustSnapshotError.self) { try load("\"agreement\":1", "\"agreement\":7") }
    #expect(throws: TrustSnapshotError.self) { try load("\"falls\":0", "\"falls\":-1") }
    #expect(throws: TrustSnapshotError.self) { try load("\"support\":", "\"support\":-") }
    // What would overflow at the next observation.
    for count in ["observations", "falls", "count"] {
      #expect(throws: TrustSnapshotError.self, "\(count)") {
        try load("\"\(count)\":", "\"\(count)\":9007199254740993")
      }
    }
    #expect(throws: TrustSnapshotError.unsoundParameters) { try load("\"trim\":1", "\"trim\":-1") }
    #expect(throws: DecodingError.self) { try load("\"standing\":\"quarantine\"", "\"standing\":\"king\"") }
  }
}
