import Foundation
import Testing

/// `tacet aggregate`: files in, a file out, and whatever is wrong with them by exit status.
@Suite(.timeLimit(.minutes(5))) final class AggregateCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aggregate-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// A file of float32 with any header text.
  private func write(_ name: String, _ header: String, _ numbers: [Float]) throws {
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    data.append(contentsOf: [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: header.utf8)
    numbers.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: folder.appendingPathComponent(name))
  }

  private func write(_ name: String, rows: [[Float]]) throws {
    let shape = "(\(rows.count), \(rows.first?.count ?? 0))"
    try write(name, "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }\n", rows.flatMap { $0 })
  }

  private func aggregate(_ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, ["aggregate", "--out", path("y.npy"), "--format", "json"] + arguments)
  }

  /// What was written: the numbers behind the header.
  private func written(_ count: Int) throws -> [Float] {
    let data = try Data(contentsOf: folder.appendingPathComponent("y.npy"))
    let start = data.count - 4 * count
    #expect(start % 64 == 0 && data.prefix(6) == Data([0x93] + Array("NUMPY".utf8)))
    return (0..<count).map { place in
      data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start + 4 * place, as: Float.self) }
    }
  }

  @Test func rowsOfAllInputsBecomeOne() async throws {
    try write("a.npy", rows: [[1, 10], [2, 20], [3, .nan]])
    try write("b.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", [3, 30])
    try write("c.npy", rows: [[7, 8, 9]])
    let result = try await aggregate(
      "--rule", "median", "--byzantine", "2", "--input", path("a.npy"), "--input", path("b.npy"), "--input",
      path("c.npy"))
    #expect(result.status == 0, "\(result.errors)")
    let report = try result.json()
    #expect(Set(report.keys) == ["rule", "mixed", "n", "d", "byzantine", "excluded", "seconds", "out"])
    #expect(report["n"] as? Int == 5 && report["d"] as? Int == 2 && report["byzantine"] as? Int == 2)
    #expect((report["excluded"] as? [[String: Any]])?.map { $0["row"] as? Int } == [2, 4])
    #expect(try written(2) == [2, 20])
  }

  @Test func moreLiarsThanTheRuleStandsAreRefusedAndNothingIsWritten() async throws {
    try write("a.npy", rows: (0..<10).map { [Float($0)] })
    for arguments in [
      ["mean", "--byzantine", "1"], ["median", "--byzantine", "5"], ["krum", "--byzantine", "4"],
      ["multi-krum", "--byzantine", "2", "--selected", "9"],
      ["multi-krum", "--byzantine", "2", "--selected", "9", "--mix"],
    ] {
      let result = try await Tacet.run(
        Tacet.executable, ["aggregate", "--out", path("y.npy"), "--input", path("a.npy"), "--rule"] + arguments)
      #expect(result.status == 65, "\(arguments)")
      #expect(result.errors.contains("tacet: error:"))
      #expect(!FileManager.default.fileExists(atPath: path("y.npy")))
    }
  }

  @Test func whatIsWrongIsSaidByExitStatus() async throws {
    try write("a.npy", rows: [[1], [2], [3]])
    #expect(try await aggregate("--rule", "average", "--input", path("a.npy")).status == 64)
    #expect(try await aggregate("--rule", "centred-clipping", "--input", path("a.npy")).status == 64)
    #expect(try await aggregate("--rule", "median", "--threads", "0", "--input", path("a.npy")).status == 64)
    #expect(try await aggregate("--rule", "median", "--byzantine", "-1", "--input", path("a.npy")).status == 64)
    #expect(try await aggregate("--rule", "median", "--input", path("none.npy")).status == 66)
    #expect(try await aggregate("--rule", "median", "--input", "/dev/null").status != 0)
    let unwritable = try await Tacet.run(
      Tacet.executable,
      ["aggregate", "--rule", "median", "--input", path("a.npy"), "--out", path("none/y.npy")])
    #expect(unwritable.status == 74)
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }",
    "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 0), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (nan, 2), }", "{}", "",
  ])
  func hostileFilesAreRefused(header: String) async throws {
    try write("h.npy", header, [1, 2, 3, 4])
    let result = try await aggregate("--rule", "median", "--input", path("h.npy"))
    #expect(result.status == 65, "\(header): \(result.errors)")
  }

  @Test func theBenchHasReadingBesideTheRules() async throws {
    let result = try await Tacet.run(
      Tacet.executable,
      ["bench", "aggregate", "--n", "7", "--d", "300", "--rounds", "1", "--threads", "2", "--format", "json"])
    #expect(result.status == 0, "\(result.errors)")
    let rows = try #require(try result.json()["results"] as? [[String: Any]])
    let names = [
      "read", "trimmed-mean and median", "mean", "median", "trimmed-mean", "krum", "multi-krum", "geometric-median",
      "centred-clipping",
    ]
    #expect(rows.map { $0["name"] as? String } == names)
    for row in rows {
      #expect(row["n"] as? Int == 7 && row["d"] as? Int == 300 && row["rule"] is String)
      #expect((row["per_second"] as? Double ?? 0) > 0 && (row["seconds"] as? Double ?? 0) > 0)
    }
  }
}
