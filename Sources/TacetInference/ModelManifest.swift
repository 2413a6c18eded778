package import Foundation
package import TacetDocument

/// What a model pack says of itself: its shards with their digests and shapes, its sensor, its step.
public struct ModelManifest: Hashable, Sendable {
  /// One ONNX file of the pack.
  public struct Shard: Hashable, Sendable {
    /// The file's name in the pack's folder.
    public let file: String
    /// SHA-256 of the file's bytes, in lower-case hexadecimal.
    public let sha256: String
    /// Shapes by name.
    public let inputs: [String: [Int]]
    /// Shapes by name.
    public let outputs: [String: [Int]]
  }

  /// What is forecast.
  public struct Target: Hashable, Sendable {
    /// Its index among the sensor's features.
    public let feature: Int
    /// Its name.
    public let name: String
    /// Its unit.
    public let unit: String
  }

  /// What leaves a device, and the noise that the pack was trained for.
  public enum Cut: Hashable, Sendable {
    /// An activation: what shard-1 makes of a window, clipped to an L2 norm of `radius` and noised at `scale`, both in grid units. Unit
    /// `any-input`.
    case activation(radius: Int, scale: Int)
    /// How many individuals were counted: `features` of the sensor, for each bin of a step, filtered with `taps` over the bins and
    /// noised at `scale`, in the taps' units. Unit `contribution`; there is no shard-1.
    case counts(features: [Int], taps: [Int], scale: Int)

    /// The names of the shards the pack must have.
    public var shardNames: [String] {
      let others = ["shard-2", "shard-3", "student"]
      return if case .activation = self { ["shard-1"] + others } else { others }
    }
  }

  /// The model's name.
  public let model: String
  /// The pack's version.
  public let version: Int
  /// What leaves a device.
  public let cut: Cut
  /// The sites, in the order of the site axis.
  public let sites: [String]
  /// Seconds from one step to the next.
  public let stepSeconds: Int
  /// Seconds of one bin of the sensor.
  public let binSeconds: Int
  /// Bins of a window.
  public let window: Int
  /// Steps of releases that the gateway's shard looks at.
  public let history: Int
  /// Bins ahead that are forecast.
  public let horizon: Int
  /// What is forecast.
  public let target: Target
  /// The divisor of each feature of the sensor: physical value = recorded value / divisor.
  public let featureScales: [Float]
  /// How many numbers a device releases in a step.
  public let cutDimension: Int
  /// The shards, by name.
  public let shards: [String: Shard]

  /// Bins from one step to the next.
  public var binsPerStep: Int { stepSeconds / binSeconds }

  /// The most seconds of a step, and of a bin: a day.
  public static let longestStep = 86_400
}

extension ModelManifest {
  /// Reads `manifest.yaml`.
  /// - Throws: `DocumentError` with file, line and what is allowed.
  package static func load(from file: URL) throws(DocumentError) -> ModelManifest {
    let root = try Document.load(from: file)
    let target = try root.mapping("target")
    var scales: [Float] = []
    for feature in try root.mapping("sensor").mappings("features") {
      _ = try feature.string("name")
      scales.append(Float(try feature.number("scale", in: 1e-3...1e6)))
    }
    let sites = try root.strings("sites")
    guard !sites.isEmpty, Set(sites).count == sites.count else {
      throw root.error("sites", "sites must be one or more different names")
    }
    let binSeconds = try root.integer("bin_seconds", in: 1...longestStep)
    let stepSeconds = try root.integer("step_seconds", in: 1...longestStep)
    guard stepSeconds.isMultiple(of: binSeconds) else {
      throw root.error("step_seconds", "step_seconds must be a multiple of bin_seconds")
    }
    let (cut, dimension) = try cut(root, features: scales.count, binsPerStep: stepSeconds / binSeconds)
    let manifest = ModelManifest(
      model: try root.string("model"), version: try root.integer("version", in: 1...1_000_000), cut: cut, sites: sites,
      stepSeconds: stepSeconds, binSeconds: binSeconds,
      window: try root.integer("window", in: 1...10_000), history: try root.integer("history", in: 1...1000),
      horizon: try root.integer("horizon", in: 1...1000),
      target: Target(
        feature: try target.integer("feature", in: 0...(max(1, scales.count) - 1)), name: try target.string("name"),
        unit: try target.string("unit")),
      featureScales: scales, cutDimension: dimension,
      shards: try shards(root.mapping("shards"), named: cut.shardNames))
    try root.finish()
    return manifest
  }

  /// What leaves a device, and how many numbers that is.
  private static func cut(
    _ root: DocumentMapping, features: Int, binsPerStep: Int
  ) throws(DocumentError) -> (Cut, dimension: Int) {
    let (trained, cut) = (try root.mapping("trained_with"), try root.mapping("cut"))
    let unit = try trained.choice("privacy_unit", of: ["any-input", "contribution"])
    let scale = try trained.integer("scale", in: 1...1_000_000)
    let dimension = try cut.integer("dimension", in: 1...100_000)
    guard unit == "contribution" else {
      _ = try cut.choice("shard", of: ["shard-1"])
      _ = try cut.choice("output", of: ["embedding"])
      return (.activation(radius: try trained.integer("radius", in: 1...1_000_000), scale: scale), dimension)
    }
    let counted = try cut.integers("features", in: 0...(max(1, features) - 1))
    guard !counted.isEmpty, Set(counted).count == counted.count else {
      throw cut.error("features", "cut.features must be one or more different features of the sensor")
    }
    guard dimension == counted.count * binsPerStep else {
      throw cut.error(
        "dimension", "cut.dimension is \(dimension), not the \(counted.count) features of each of \(binsPerStep) bins")
    }
    let taps = try trained.integers("filter", in: -100_000...100_000)
    guard !taps.isEmpty else { throw trained.error("filter", "trained_with.filter must be one or more whole numbers") }
    return (.counts(features: counted, taps: taps, scale: scale), dimension)
  }

  private static func shards(
    _ list: DocumentMapping, named names: [String]
  ) throws(DocumentError) -> [String: Shard] {
    var shards: [String: Shard] = [:]
    for name in names {
      let shard = try list.mapping(name)
      let file = try shard.string("file")
      guard !file.contains("/"), file != "..", file != "." else {
        throw shard.error("file", "\(file) must be a file of the pack's own folder")
      }
      let digest = try shard.string("sha256")
      guard digest.count == 64, digest.allSatisfy({ "0123456789abcdef".contains($0) }) else {
        throw shard.error("sha256", "sha256 must be 64 lower-case hexadecimal digits")
      }
      shards[name] = Shard(
        file: file, sha256: digest, inputs: try shapes(shard.mapping("inputs")),
        outputs: try shapes(shard.mapping("outputs")))
    }
    return shards
  }

  private static func shapes(_ list: DocumentMapping) throws(DocumentError) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for name in list.keys { shapes[name] = try list.integers(name, in: 1...100_000) }
    return shapes
  }
}
