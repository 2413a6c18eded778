import Crypto
import Foundation
import TacetDocument
import Testing

@testable import TacetInference

/// A pack whose devices release counts of individuals: no shard-1, and the features that are counts by name.
@Suite struct CountPackTests {
  private static let folder = Fixture.root.appendingPathComponent("models/tiny-counts", isDirectory: true)
  private let pack: ModelPack

  init() throws {
    pack = try ModelPack.load(from: Self.folder)
  }

  private func window(_ bins: [[Float]]) throws -> FloatTensor {
    try FloatTensor(shape: [1, bins.count, 3], values: bins.flatMap { $0 })
  }

  @Test func countsTheLatestStep() throws {
    #expect(pack.manifest.cut == .counts(features: [0], taps: [2, 1], scale: 8))
    #expect(pack.manifest.cutDimension == 3 && pack.manifest.binsPerStep == 3)
    #expect(pack.counts(in: try window([[1, 9, 9], [0, 9, 9], [4.2, 9, 9]])) == [[1], [0], [4]])
    // A longer window has older bins in front.
    #expect(pack.counts(in: try window([[7, 9, 9], [1, 9, 9], [2, 9, 9], [3, 9, 9]])) == [[1], [2], [3]])
  }

  @Test func whatIsNoCountIsNone() throws {
    #expect(pack.counts(in: try window([[.nan, 0, 0], [-3, 0, 0], [.infinity, 0, 0]])) == [[0], [0], [0]])
    #expect(
      pack.counts(in: try window([[1000, 0, 0], [1001, 0, 0], [.greatestFiniteMagnitude, 0, 0]]))
        == [[1000], [1000], [1000]])
    #expect(pack.counts(in: try window([[1, 0, 0], [1, 0, 0]])) == [])
    #expect(pack.counts(in: try FloatTensor(shape: [1, 3, 2], values: [1, 2, 3, 4, 5, 6])) == [])
  }

  /// Also where the counts are held: the promise is that nobody changes more than the own passage.
  @Test func oneMoreIsAtMostOneMore() throws {
    for count in [0, 1, 499, 999, 1000, 1001, 40_000] as [Float] {
      let counts = pack.counts(in: try window([[count, 0, 0], [count + 1, 0, 0], [0, 0, 0]])).flatMap { $0 }
      try #require(counts.count == 3)
      #expect((0...1).contains(counts[1] - counts[0]), "\(count)")
    }
  }

  @Test func encodesTheOthers() throws {
    #expect(
      try pack.encode(history: [[0: [1, 2, 3], 1: [10, 20, 30]], [0: [4, 5, 6]]]).rows == [[60, 30], [21, 9]])
    #expect(throws: InferenceError.self) { try pack.embed(window: try window([[1, 0, 0]]), site: "site-1") }
  }

  @Test func fitsOnePolicyAlone() throws {
    try pack.require(taps: [2, 1], scale: 8)
    for (taps, scale) in [([2, 1, 0], 8), ([1, 2], 8), ([2, 1], 16)] {
      let error = #expect(throws: InferenceError.self) { try pack.require(taps: taps, scale: scale) }
      #expect(error?.description.contains("filter [2, 1] and scale 8") == true)
    }
    #expect(throws: InferenceError.self) { try pack.require(radius: 2, scale: 8) }
    #expect(throws: InferenceError.self) { try ModelPack.load(from: Fixture.tiny).require(taps: [2, 1], scale: 8) }
  }

  /// Beside its forecast a student may give features, and nothing else, even where manifest and model agree.
  @Test func anotherOutputOfTheStudentIsRefused() throws {
    let folder = TemporaryFolder()
    let copy = folder.url.appendingPathComponent("pack", isDirectory: true)
    try FileManager.default.copyItem(at: Self.folder, to: copy)
    func edit(_ name: String, _ pairs: [(String, String)]) throws {
      let file = copy.appendingPathComponent(name)
      // One byte a character, so that the model stays what it is elsewhere.
      var text = try String(contentsOf: file, encoding: .isoLatin1)
      for (old, new) in pairs {
        try #require(text.contains(old))
        text = text.replacingOccurrences(of: old, with: new)
      }
      try text.write(to: file, atomically: true, encoding: .isoLatin1)
    }
    try edit("student.onnx", [("features", "feathers")])
    let model = try Data(contentsOf: copy.appendingPathComponent("student.onnx"))
    let digest = SHA256.hash(data: model).map { String(format: "%02x", $0) }.joined()
    let old = try #require(pack.manifest.shards["student"]).sha256
    try edit("manifest.yaml", [(old, digest), ("features: [1, 2]", "feathers: [1, 2]")])
    let error = #expect(throws: InferenceError.self) { try ModelPack.load(from: copy) }
    #expect(error?.description.contains("student must take") == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("features: [0]", "features: [0, 1]", "cut.dimension is 3"), ("features: [0]", "features: [3]", "features"),
    ("features: [0]", "features: [0, 0]", "different features"), ("filter: [2, 1]", "filter: []", "filter"),
    ("filter: [2, 1]", "filter: [2, x]", "filter"), ("contribution", "nothing", "privacy_unit"),
    ("filter: [2, 1], ", "", "filter"), ("contribution, filter: [2, 1]", "any-input, radius: 2", "shard"),
  ])
  func aWrongManifestIsRefused(old: String, new: String, words: String) throws {
    let folder = TemporaryFolder()
    let copy = folder.url.appendingPathComponent("pack", isDirectory: true)
    try FileManager.default.copyItem(at: Self.folder, to: copy)
    let manifest = copy.appendingPathComponent("manifest.yaml")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacingOccurrences(of: old, with: new).write(to: manifest, atomically: true, encoding: .utf8)
    let error = #expect(throws: DocumentError.self) { try ModelPack.load(from: copy) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }
}
