import Crypto
import Foundation
import TacetDocument
import Testing

@testable import TacetInference

/// A pack that is not what was published ends in one line that names the file; nothing of it runs.
@Suite struct DamagedPackTests {
  private let folder = TemporaryFolder()
  private let pack: URL

  init() throws {
    pack = try Fixture.copyOfTiny(in: folder)
  }

  /// How the pack is refused: whether as missing, and the line.
  private func refusal() throws -> (isMissing: Bool, line: String)? {
    do {
      _ = try ModelPack.load(from: pack)
      return nil
    } catch let error as InferenceError {
      return (error.kind == .missing, error.description)
    } catch let error as DocumentError {
      return (error.kind == .missing, error.description)
    }
  }

  private func edit(_ old: String, _ new: String) throws {
    let manifest = pack.appendingPathComponent("manifest.yaml")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacingOccurrences(of: old, with: new).write(to: manifest, atomically: true, encoding: .utf8)
  }

  private func expect(_ error: (isMissing: Bool, line: String)?, missing: Bool = false, _ words: String...) {
    let text = error?.line ?? "accepted"
    #expect(error?.isMissing == missing, "\(text)")
    for word in words { #expect(text.contains(word), "\(text)") }
    #expect(!text.contains("\n"))
  }

  @Test func theCopyIsGood() throws {
    let error = try refusal()
    #expect(error?.line == nil)
  }

  @Test func oneBitOfAModel() throws {
    let file = pack.appendingPathComponent("shard-2.onnx")
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: file)
    expect(try refusal(), "shard-2.onnx", "SHA-256")
  }

  @Test func garbageThatTheManifestVouchesFor() throws {
    let garbage = Data((0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) })
    let file = pack.appendingPathComponent("student.onnx")
    let old = try digest(named: "student", in: pack)
    try garbage.write(to: file)
    let named = SHA256.hash(data: garbage).map { String(format: "%02x", $0) }.joined()
    try edit(old, named)
    expect(try refusal(), "student.onnx", "not a model")
  }

  /// A model with other inputs than the manifest declares, though its digest is right.
  @Test func anotherModelInItsPlace() throws {
    let (one, other) = (try digest(named: "student", in: pack), try digest(named: "shard-1", in: pack))
    try Data(contentsOf: pack.appendingPathComponent("shard-1.onnx"))
      .write(to: pack.appendingPathComponent("student.onnx"))
    try edit(one, other)
    expect(try refusal(), "student.onnx", "embedding")
  }

  @Test func anotherShapeThanTheModelHas() throws {
    try edit("outputs: {encoding: [1, 2, 2]}", "outputs: {encoding: [1, 2, 3]}")
    expect(try refusal(), "shard-2.onnx", "[1, 2, 2]")
  }

  @Test func missingFiles() throws {
    try FileManager.default.removeItem(at: pack.appendingPathComponent("shard-3.onnx"))
    expect(try refusal(), missing: true, "shard-3.onnx")
    try FileManager.default.removeItem(at: pack.appendingPathComponent("manifest.yaml"))
    expect(try refusal(), missing: true, "manifest.yaml")
  }

  @Test(arguments: [
    ("file: student.onnx", "file: ../student.onnx"), ("file: student.onnx", "file: /etc/passwd"),
    ("version: 1", "version: 1\nextra: 1"), ("window: 2", "window: 3"), ("history: 2", "history: 0"),
    ("step_seconds: 30", "step_seconds: 35"), ("step_seconds: 30", "step_seconds: 86410"),
    ("bin_seconds: 10", "bin_seconds: 86401"), ("feature: 2,", "feature: 3,"), ("dimension: 2", "dimension: 3"),
    ("sites: [site-1, site-2]", "sites: [site-1, site-1]"), ("sites: [site-1, site-2]", "sites: []"),
    ("  student:", "  pupil:"), ("sha256: ", "sha256: A"),
  ])
  func wrongManifest(old: String, new: String) throws {
    try edit(old, new)
    expect(try refusal(), "manifest.yaml")
  }

  /// A step and a bin may be as long as a day.
  @Test func aStepOfADay() throws {
    try edit("step_seconds: 30", "step_seconds: 86400")
    try edit("bin_seconds: 10", "bin_seconds: 86400")
    #expect(try ModelPack.load(from: pack).manifest.binsPerStep == 1)
  }

  private func digest(named part: String, in pack: URL) throws -> String {
    let manifest = try ModelManifest.load(from: pack.appendingPathComponent("manifest.yaml"))
    return try #require(manifest.shards[part]).sha256
  }
}
