import Foundation
import Testing

@testable import TacetInference

/// A pack that is not what was published ends in one line that names the file; nothing of it runs.
@Suite struct DamagedPackTests {
  private let folder = TemporaryFolder()
  private let pack: URL

  init() throws {
    pack = try Fixture.copyOfTiny(in: folder)
  }

  private func refusal() -> InferenceError? {
    do throws(InferenceError) {
      _ = try ModelPack.load(from: pack)
      return nil
    } catch { return error }
  }

  private func edit(_ old: String, _ new: String) throws {
    let manifest = pack.appendingPathComponent("manifest.yaml")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacingOccurrences(of: old, with: new).write(to: manifest, atomically: true, encoding: .utf8)
  }

  private func expect(_ error: InferenceError?, _ kind: InferenceError.Kind, _ words: String...) {
    #expect(error?.kind == kind, "\(error?.description ?? "accepted")")
    let text = error?.description ?? ""
    for word in words { #expect(text.contains(word), "\(text)") }
    #expect(!text.contains("\n"))
  }

  @Test func theCopyIsGood() {
    #expect(refusal() == nil)
  }

  @Test func oneBitOfAModel() throws {
    let file = pack.appendingPathComponent("shard-2.onnx")
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: file)
    expect(refusal(), .malformed, "shard-2.onnx", "SHA-256")
  }

  @Test func garbageThatTheManifestVouchesFor() throws {
    let garbage = Data((0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) })
    let file = pack.appendingPathComponent("student.onnx")
    let old = try digest(named: "student", in: pack)
    try garbage.write(to: file)
    // SHA-256 of those 4000 bytes is what the refusal names first.
    let named = try #require(refusal()?.description.firstMatch(of: /SHA-256 ([0-9a-f]{64})/)?.1)
    try edit(old, String(named))
    expect(refusal(), .malformed, "student.onnx", "not a usable ONNX model")
  }

  /// A model with other inputs than the manifest declares, though its digest is right.
  @Test func anotherModelInItsPlace() throws {
    let (one, other) = (try digest(named: "student", in: pack), try digest(named: "shard-1", in: pack))
    try Data(contentsOf: pack.appendingPathComponent("shard-1.onnx"))
      .write(to: pack.appendingPathComponent("student.onnx"))
    try edit(one, other)
    expect(refusal(), .malformed, "student.onnx", "embedding")
  }

  @Test func missingFiles() throws {
    try FileManager.default.removeItem(at: pack.appendingPathComponent("shard-3.onnx"))
    expect(refusal(), .missing, "shard-3.onnx")
    try FileManager.default.removeItem(at: pack.appendingPathComponent("manifest.yaml"))
    expect(refusal(), .missing, "manifest.yaml")
  }

  @Test(arguments: [
    ("file: student.onnx", "file: ../student.onnx"), ("file: student.onnx", "file: /etc/passwd"),
    ("version: 1", "version: 1\nextra: 1"), ("window: 2", "window: 3"), ("history: 2", "history: 0"),
    ("step_seconds: 30", "step_seconds: 35"), ("feature: 2,", "feature: 3,"), ("dimension: 2", "dimension: 3"),
    ("sites: [site-1, site-2]", "sites: [site-1, site-1]"), ("sites: [site-1, site-2]", "sites: []"),
    ("outputs: {encoding: [1, 2, 2]}", "outputs: {encoding: [1, 2, 3]}"),
    ("  student:", "  pupil:"), ("sha256: ", "sha256: A"),
  ])
  func wrongManifest(old: String, new: String) throws {
    try edit(old, new)
    expect(refusal(), .malformed, "manifest.yaml")
  }

  private func digest(named part: String, in pack: URL) throws -> String {
    let manifest = try ModelManifest.load(from: pack.appendingPathComponent("manifest.yaml"))
    return try #require(manifest.shards[part]).sha256
  }
}
