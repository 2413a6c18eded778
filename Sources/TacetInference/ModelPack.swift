import Crypto
public import Foundation
import TacetDocument

/// A model cut in shards, with its student: a folder with a manifest, every file of which is the one that was published.
public struct ModelPack: Sendable {
  /// What the pack says of itself.
  public let manifest: ModelManifest
  private let sessions: [String: InferenceSession]
  private let name: String

  /// Loads a pack and makes a session of each shard.
  ///
  /// The bytes whose digest was compared with the manifest's are the ones that are run.
  /// - Throws: `DocumentError` for the manifest; ``InferenceError`` for a missing file, a digest that does not match, a model
  ///   that is corrupt or has other inputs and outputs than the manifest says.
  public static func load(from folder: URL) throws -> ModelPack {
    let file = folder.appendingPathComponent("manifest.yaml")
    let manifest = try ModelManifest.load(from: file)
    var sessions: [String: InferenceSession] = [:]
    for (name, shard) in manifest.shards {
      sessions[name] = try session(of: shard, in: folder)
    }
    let pack = ModelPack(manifest: manifest, sessions: sessions, name: file.path)
    try pack.checkShapes()
    return pack
  }

  private static func session(of shard: ModelManifest.Shard, in folder: URL) throws(InferenceError) -> InferenceSession
  {
    let file = folder.appendingPathComponent(shard.file)
    guard let bytes = FileManager.default.contents(atPath: file.path) else {
      throw InferenceError(.missing, "\(file.path) is missing: copy the whole model pack")
    }
    let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    guard digest == shard.sha256 else {
      throw InferenceError(
        .badInput,
        "\(file.path) is not the file of the manifest: its SHA-256 is \(digest), not \(shard.sha256); copy it anew")
    }
    let session = try InferenceSession(model: [UInt8](bytes), name: file.path)
    for (ports, shapes) in [(session.inputs, shard.inputs), (session.outputs, shard.outputs)] {
      let found = Dictionary(ports.map { ($0.name, $0.shape) }) { first, _ in first }
      guard found == shapes else {
        throw InferenceError(.badInput, "\(file.path) has tensors \(found), the manifest says \(shapes)")
      }
    }
    return session
  }

  /// The shapes that the roles of the shards imply.
  private func checkShapes() throws(InferenceError) {
    let window = [1, manifest.window, manifest.featureScales.count]
    let site = [1, manifest.sites.count]
    let encoding = [1, encodingDimension]
    let forecast = [1, manifest.horizon]
    let releases = [1, manifest.history, manifest.sites.count, manifest.cutDimension]
    var expected: [String: (inputs: [String: [Int]], outputs: [String: [Int]])] = [
      "student": (["window": window, "site": site], studentOutputs),
      "shard-2": (
        ["releases": releases, "presence": [1, manifest.history, manifest.sites.count]],
        ["encoding": [1, manifest.sites.count, encodingDimension]]
      ),
      "shard-3": (
        ["window": window, "site": site, "student": forecast, "encoding": encoding], ["forecast": forecast]
      ),
    ]
    if case .activation = manifest.cut {
      expected["shard-1"] = (["window": window, "site": site], ["embedding": [1, manifest.cutDimension]])
    }
    for (shard, shapes) in expected {
      guard manifest.shards[shard]?.inputs == shapes.inputs, manifest.shards[shard]?.outputs == shapes.outputs else {
        throw InferenceError(.badInput, "\(name): \(shard) must take \(shapes.inputs) and give \(shapes.outputs)")
      }
    }
  }

  /// A forecast, and features where it has any.
  private var studentOutputs: [String: [Int]] {
    let forecast = ["forecast": [1, manifest.horizon]]
    return studentFeatures > 0 ? forecast.merging(["features": [1, studentFeatures]]) { first, _ in first } : forecast
  }

  // MARK: What fits

  /// The length of one site's encoding.
  public var encodingDimension: Int { manifest.shards["shard-2"]?.outputs["encoding"]?.last ?? 0 }

  /// K, how many features the student gives beside its forecast: a federated refresh corrects the forecast by A · features, A [H, K].
  /// 0 where it gives none, and cannot be refreshed.
  public var studentFeatures: Int { manifest.shards["student"]?.outputs["features"]?.last ?? 0 }

  /// Checks that the pack was trained for releases of activations with these parameters.
  /// - Throws: ``InferenceError``.
  public func require(radius: Int, scale: Int) throws(InferenceError) {
    guard case .activation(radius, scale) = manifest.cut else {
      throw mismatch("releases of activations, privacy unit any-input, with radius \(radius) and scale \(scale)")
    }
  }

  /// Checks that the pack was trained for releases of counts with this filter and noise.
  /// - Throws: ``InferenceError``.
  public func require(taps: [Int], scale: Int) throws(InferenceError) {
    guard case .counts(_, taps, scale) = manifest.cut else {
      throw mismatch("releases of counts, privacy unit contribution, with the filter \(taps) and scale \(scale)")
    }
  }

  private func mismatch(_ policy: String) -> InferenceError {
    let trained =
      switch manifest.cut {
      case .activation(let radius, let scale): "activations (any-input) with radius \(radius) and scale \(scale)"
      case .counts(_, let taps, let scale): "counts (contribution) with the filter \(taps) and scale \(scale)"
      }
    return InferenceError(
      .badInput, "\(name): the model was trained for \(trained), the policy is for \(policy): change one of them")
  }

  /// Checks that the pack knows a site.
  /// - Throws: ``InferenceError``.
  public func require(site: String) throws(InferenceError) {
    guard manifest.sites.contains(site) else {
      throw InferenceError(.badInput, "\(name) knows no \(site) (its sites: \(manifest.sites.joined(separator: ", ")))")
    }
  }

  // MARK: What the shards do

  /// How many individuals the sensor counted in the latest step: for each bin, oldest first, a number for each counted feature.
  ///
  /// What is no count (negative, infinite, not a number) is none, and more than ``largestCount`` are that many.
  /// - Parameter window: [1, W, F], W at least a step's bins.
  /// - Returns: nothing where the pack counts nothing, or the window has another shape.
  public func counts(in window: FloatTensor) -> [[Int]] {
    guard case .counts(let features, _, _) = manifest.cut, window.shape.count == 3,
      window.shape[2] == manifest.featureScales.count, window.shape[1] >= manifest.binsPerStep
    else { return [] }
    let (bins, width) = (window.shape[1], window.shape[2])
    return ((bins - manifest.binsPerStep)..<bins).map { bin in
      features.map { Self.count(window.values[bin * width + $0]) }
    }
  }

  /// More than this in one bin count as this many.
  public static let largestCount = 1000

  /// Held, and not left out: one individual more must not take away those who are there.
  private static func count(_ value: Float) -> Int {
    value >= 0 && value.isFinite ? Int(min(value, Float(largestCount)).rounded()) : 0
  }

  /// Shard 1, on a camera: the window [1, W, F] of its sensor → its embedding, not yet clipped.
  /// - Throws: ``InferenceError``, also where the pack has no such shard.
  public func embed(window: FloatTensor, site: String) throws(InferenceError) -> [Float] {
    try run("shard-1", ["window": window, "site": try oneHot(site)], output: "embedding")
  }

  /// The student, on a controller: the window → a forecast from that alone.
  ///
  /// - Parameter window: [1, W, F], physical values.
  /// - Returns: H numbers, in the target's unit.
  /// - Throws: ``InferenceError``.
  public func studentForecast(window: FloatTensor, site: String) throws(InferenceError) -> [Float] {
    try run("student", ["window": window, "site": try oneHot(site)], output: "forecast")
  }

  /// The student's forecast with its features, in one run.
  ///
  /// The features are what a federated refresh weighs: a one, then principal components of the last layer of the student's encoder, with
  /// mean 0 and mean square 1 over the recordings that it was trained on (`Scripts/training/features.py`).
  /// - Parameter window: [1, W, F], physical values.
  /// - Returns: H numbers in the target's unit; K numbers without unit, none where the pack has none (``studentFeatures``).
  /// - Throws: ``InferenceError``.
  public func student(
    window: FloatTensor, site: String
  ) throws(InferenceError) -> (forecast: [Float], features: [Float]) {
    let outputs = try sessions["student"]?.run(["window": window, "site": try oneHot(site)])
    let forecast = try finite(outputs?["forecast"], "forecast", of: "student")
    return (forecast, studentFeatures > 0 ? try finite(outputs?["features"], "features", of: "student") : [])
  }

  /// Shard 3, on a controller: the student's forecast, corrected by the encoding.
  public func forecast(
    window: FloatTensor, site: String, student: [Float], encoding: [Float]
  ) throws(InferenceError) -> [Float] {
    try run(
      "shard-3",
      [
        "window": window, "site": try oneHot(site),
        "student": FloatTensor(shape: [1, student.count], values: student),
        "encoding": FloatTensor(shape: [1, encoding.count], values: encoding),
      ], output: "forecast")
  }

  func run(
    _ shard: String, _ inputs: [String: FloatTensor], output: String
  ) throws(InferenceError) -> [Float] {
    try finite(sessions[shard]?.run(inputs)[output], output, of: shard)
  }

  private func finite(_ tensor: FloatTensor?, _ output: String, of shard: String) throws(InferenceError) -> [Float] {
    guard let values = tensor?.values, values.allSatisfy(\.isFinite) else {
      throw InferenceError(.runtime, "\(name): \(shard) gave no \(output), or numbers that are not finite")
    }
    return values
  }

  private func oneHot(_ site: String) throws(InferenceError) -> FloatTensor {
    try require(site: site)
    return try FloatTensor(shape: [1, manifest.sites.count], values: manifest.sites.map { $0 == site ? 1 : 0 })
  }
}
