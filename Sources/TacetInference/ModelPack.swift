import Crypto
public import Foundation

/// A model cut into parts, each a session, with the manifest they were checked against.
///
/// Copies share the sessions. Every call may be made from several threads and blocks while the model runs.
public struct ModelPack: Sendable {
  /// What the pack says of itself.
  public let manifest: ModelManifest
  /// m, the number of components of an encoding.
  public let encodingDimension: Int

  let shard1: InferenceSession
  let shard2: InferenceSession
  let shard3: InferenceSession
  let student: InferenceSession

  /// The largest model file that is read, in bytes.
  static let maximumBytes = 256 << 20

  /// Opens a pack: reads `manifest.yaml`, checks the digest of every file, and that its inputs and outputs are those that
  /// the manifest declares and the mesh needs. The bytes that were checked are the bytes that run.
  /// - Throws: ``InferenceError`` that names the file.
  public static func load(from folder: URL) throws(InferenceError) -> ModelPack {
    let file = folder.appendingPathComponent("manifest.yaml")
    return try ModelPack(try ModelManifest.load(from: file), in: folder, manifestPath: file.path)
  }

  private init(_ manifest: ModelManifest, in folder: URL, manifestPath: String) throws(InferenceError) {
    func session(_ part: String) throws(InferenceError) -> InferenceSession {
      guard let shard = manifest.shards[part] else {
        throw InferenceError(.malformed, "\(manifestPath): shards.\(part) is missing")
      }
      return try Self.session(of: shard, in: folder)
    }
    self.manifest = manifest
    encodingDimension = manifest.shards["shard-2"]?.outputs["encoding"]?.last ?? 0
    try Self.requireInterfaces(manifest, encodingDimension: encodingDimension, manifestPath: manifestPath)
    shard1 = try session("shard-1")
    shard2 = try session("shard-2")
    shard3 = try session("shard-3")
    student = try session("student")
  }

  // MARK: Checks

  /// Checks that a policy's release is the one this model was trained with.
  /// - Throws: ``InferenceError`` of kind malformed, with both.
  public func require(radius: Int, scale: Int) throws(InferenceError) {
    let trained = manifest.trainedWith
    guard trained.radius == radius, trained.scale == scale else {
      throw InferenceError(
        .malformed,
        "the model \(manifest.model) was trained with radius \(trained.radius) and scale \(trained.scale), the policy has radius \(radius) and scale \(scale): use a policy or a model that fits"
      )
    }
  }

  /// Checks that the model knows a site.
  /// - Throws: ``InferenceError`` of kind malformed, with those it knows.
  public func require(site: String) throws(InferenceError) {
    guard manifest.sites.contains(site) else {
      throw InferenceError(
        .malformed,
        "the model \(manifest.model) knows no site \(site): it knows \(manifest.sites.joined(separator: ", "))")
    }
  }

  /// The inputs and outputs that the mesh needs must be those declared.
  private static func requireInterfaces(
    _ manifest: ModelManifest, encodingDimension: Int, manifestPath: String
  ) throws(InferenceError) {
    let sites = manifest.sites.count
    let own = ["window": [1, manifest.window, manifest.sensor.features.count], "site": [1, sites]]
    let forecast = ["forecast": [1, manifest.horizon]]
    let history = [
      "releases": [1, manifest.history, sites, manifest.cut.dimension], "presence": [1, manifest.history, sites],
    ]
    let corrected = own.merging(
      ["student": [1, manifest.horizon], "encoding": [1, encodingDimension]], uniquingKeysWith: { $1 })
    let needed = [
      "shard-1": (own, [manifest.cut.output: [1, manifest.cut.dimension]]), "student": (own, forecast),
      "shard-2": (history, ["encoding": [1, sites, encodingDimension]]), "shard-3": (corrected, forecast),
    ]
    for (part, (inputs, outputs)) in needed.sorted(by: { $0.key < $1.key }) {
      let declared = manifest.shards[part]
      guard declared?.inputs == inputs, declared?.outputs == outputs else {
        throw InferenceError(
          .malformed,
          "\(manifestPath): shards.\(part) must have the inputs \(text(inputs)) and the outputs \(text(outputs))")
      }
    }
  }

  private static func session(
    of shard: ModelManifest.Shard, in folder: URL
  ) throws(InferenceError) -> InferenceSession {
    let file = folder.appendingPathComponent(shard.file)
    let bytes = try InputFile.read(file, atMost: maximumBytes)
    let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    guard digest == shard.sha256 else {
      throw InferenceError(
        .malformed,
        "\(file.path) has SHA-256 \(digest), the manifest says \(shard.sha256): restore the file that was published")
    }
    let session = try InferenceSession(model: bytes, name: file.path)
    guard session.inputs == shard.inputs, session.outputs == shard.outputs else {
      throw InferenceError(
        .malformed,
        "\(file.path) has the inputs \(text(session.inputs)) and the outputs \(text(session.outputs)), not those of the manifest"
      )
    }
    return session
  }

  private static func text(_ shapes: [String: [Int]]) -> String {
    shapes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }
}
