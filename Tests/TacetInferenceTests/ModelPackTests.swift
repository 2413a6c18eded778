import Crypto
import Foundation
import Testing

@testable import TacetInference

@Suite struct ModelPackTests {
  private let pack: ModelPack
  private let window: FloatTensor

  init() throws {
    pack = try ModelPack.load(from: Fixture.tiny)
    window = try FloatTensor(shape: [1, 2, 3], values: [1, 2, 3, 5, 8, 13])
  }

  @Test func embedsTheWindowOfASite() throws {
    #expect(try pack.embed(window: window, site: "site-1") == [3, 5])
    #expect(try pack.embed(window: window, site: "site-2") == [4, 6])
  }

  @Test func studentAndCorrection() throws {
    let student = try pack.studentForecast(window: window, site: "site-1")
    #expect(student == [13, 13])
    #expect(
      try pack.forecast(window: window, site: "site-1", student: student, encoding: [0.5, -1]) == [13.5, 12])
  }

  /// This student has no features; that of the next test has.
  @Test func studentWithoutFeatures() throws {
    let student = try pack.student(window: window, site: "site-1")
    #expect(student.forecast == [13, 13] && student.features.isEmpty && pack.studentFeatures == 0)
  }

  @Test func studentWithFeatures() throws {
    let pack = try ModelPack.load(from: Fixture.root.appendingPathComponent("models/tiny-counts", isDirectory: true))
    let window = try FloatTensor(shape: [1, 3, 3], values: [1, 2, 3, 5, 8, 13, 21, 34, 55])
    let student = try pack.student(window: window, site: "site-2")
    #expect(student.forecast == [55, 55] && student.features == [1, 34] && pack.studentFeatures == 2)
    #expect(try pack.studentForecast(window: window, site: "site-2") == [55, 55])
    #expect(throws: InferenceError.self) { try pack.student(window: window, site: "site-3") }
  }

  /// A site's own releases are not in its encoding; one that has not arrived is in nobody's.
  @Test func encodesTheOthers() throws {
    #expect(try pack.encode(history: [[0: [1, 2], 1: [10, 20]], [0: [3, 4]]]).rows == [[10, 20], [4, 6]])
    #expect(try pack.encode(history: [[:], [:]]).rows == [[0, 0], [0, 0]])
  }

  /// The same where everything is the same; another where any release, or that it is there, is.
  @Test func encodingsSayWhatTheyWereMadeFrom() throws {
    let history: [[Int: [Float]]] = [[0: [1, 2], 1: [10, 20]], [0: [3, 4]]]
    let inputs = try pack.encode(history: history).inputs
    #expect(try inputs.count == 32 && pack.encode(history: history).inputs == inputs)
    let others: [[[Int: [Float]]]] = [
      [[0: [1, 2], 1: [10, 20]], [0: [3, 4.5]]], [[0: [1, 2], 1: [10, 20]], [1: [3, 4]]],
      [[0: [1, 2]], [0: [3, 4]]], [[0: [1, 2], 1: [10, 20]], [0: [3, 4], 1: [0, 0]]],
      [[0: [3, 4]], [0: [1, 2], 1: [10, 20]]],
    ]
    let seen = try Set(others.map { try pack.encode(history: $0).inputs } + [inputs])
    #expect(seen.count == others.count + 1)
    let wide = try ModelPack.load(from: Fixture.root.appendingPathComponent("models/tiny-counts", isDirectory: true))
    #expect(try wide.encode(history: [[:], [:]]).inputs != pack.encode(history: [[:], [:]]).inputs)
  }

  /// The same numbers from the same releases, and yet of another model: a comment is added to its shard.
  @Test func encodingsSayWhichModelMadeThem() throws {
    let folder = TemporaryFolder()
    let copy = try Fixture.copyOfTiny(in: folder)
    let shard = copy.appendingPathComponent("shard-2.onnx")
    // ONNX's ModelProto: field 6, doc_string, "x".
    let commented = try Data(contentsOf: shard) + [0x32, 0x01, 0x78]
    try commented.write(to: shard)
    let manifest = copy.appendingPathComponent("manifest.yaml")
    let old = try #require(pack.manifest.shards["shard-2"]).sha256
    let new = SHA256.hash(data: commented).map { String(format: "%02x", $0) }.joined()
    let text = try String(contentsOf: manifest, encoding: .utf8).replacingOccurrences(of: old, with: new)
    try text.write(to: manifest, atomically: true, encoding: .utf8)
    let history: [[Int: [Float]]] = [[0: [1, 2], 1: [10, 20]], [0: [3, 4]]]
    let (one, other) = try (pack.encode(history: history), ModelPack.load(from: copy).encode(history: history))
    #expect(one.rows == other.rows && one.inputs != other.inputs)
  }

  @Test func refusesWrongSizes() throws {
    let short = try FloatTensor(shape: [1, 1, 3], values: [1, 2, 3])
    #expect(throws: InferenceError.self) { try pack.embed(window: short, site: "site-1") }
    #expect(throws: InferenceError.self) { try pack.embed(window: window, site: "site-9") }
    #expect(throws: InferenceError.self) {
      try pack.forecast(window: window, site: "site-1", student: [1], encoding: [0, 0])
    }
    #expect(throws: InferenceError.self) {
      try pack.forecast(window: window, site: "site-1", student: [1, 1], encoding: [0, 0, 0])
    }
    #expect(throws: InferenceError.self) { try pack.encode(history: [[:]]) }
    #expect(throws: InferenceError.self) { try pack.encode(history: [[2: [1, 1]], [:]]) }
    #expect(throws: InferenceError.self) { try pack.encode(history: [[0: [1]], [:]]) }
    #expect(throws: InferenceError.self) { try pack.encode(history: [[0: [.nan, 1]], [:]]) }
    #expect(throws: InferenceError.self) { try FloatTensor(shape: [2, 2], values: [1]) }
  }

  @Test func requirements() throws {
    try pack.require(radius: 32, scale: 64)
    try pack.require(site: "site-2")
    #expect(throws: InferenceError.self) { try pack.require(radius: 16, scale: 64) }
    #expect(throws: InferenceError.self) { try pack.require(radius: 32, scale: 8) }
    #expect(throws: InferenceError.self) { try pack.require(site: "site-3") }
  }

  /// One session serves many tasks at once, each with its own numbers.
  @Test func runsConcurrently() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask { [pack] in
          for round in 0..<100 {
            let value = Float(task * 1000 + round)
            let window = try FloatTensor(shape: [1, 2, 3], values: [value, 0, 0, value, 0, value])
            #expect(try pack.embed(window: window, site: "site-1") == [value, 0])
            #expect(try pack.studentForecast(window: window, site: "site-2") == [value, value])
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
