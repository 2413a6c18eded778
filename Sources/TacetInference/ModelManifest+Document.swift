import Foundation
import TacetDocument

/// Reading `manifest.yaml`.
extension ModelManifest {
  /// The parts of a pack.
  static let parts = ["shard-1", "shard-2", "shard-3", "student"]

  /// Reads and checks a manifest.
  /// - Throws: ``InferenceError`` with file and line.
  static func load(from file: URL) throws(InferenceError) -> ModelManifest {
    do {
      let root = try Document.load(from: file)
      let manifest = try ModelManifest(root)
      try root.finish()
      return manifest
    } catch {
      throw InferenceError(error.kind == .missing ? .missing : .malformed, error.description)
    }
  }

  private init(_ root: DocumentMapping) throws(DocumentError) {
    model = try root.string("model")
    version = try root.integer("version", in: 1...1_000_000)
    trainedWith = try TrainedWith(root.mapping("trained_with"))
    sites = try Self.sites(root)
    stepSeconds = try root.integer("step_seconds", in: 1...86400)
    binSeconds = try root.integer("bin_seconds", in: 1...86400)
    guard stepSeconds.isMultiple(of: binSeconds) else {
      throw root.error(
        "step_seconds", "step_seconds is \(stepSeconds), allowed: a multiple of bin_seconds = \(binSeconds)")
    }
    window = try root.integer("window", in: 1...10_000)
    history = try root.integer("history", in: 1...10_000)
    horizon = try root.integer("horizon", in: 1...10_000)
    sensor = try Sensor(root.mapping("sensor"))
    target = try Target(root.mapping("target"), features: sensor.features.count)
    cut = try Cut(root.mapping("cut"))
    let list = try root.mapping("shards")
    var shards: [String: Shard] = [:]
    for part in Self.parts { shards[part] = try Shard(list.mapping(part)) }
    self.shards = shards
  }

  private static func sites(_ root: DocumentMapping) throws(DocumentError) -> [String] {
    let sites = try root.strings("sites")
    guard (1...4096).contains(sites.count), Set(sites).count == sites.count else {
      throw root.error("sites", "sites must be 1 to 4096 different names")
    }
    return sites
  }
}

extension ModelManifest.TrainedWith {
  fileprivate init(_ document: DocumentMapping) throws(DocumentError) {
    privacyUnit = try document.choice("privacy_unit", of: ["any-input"])
    radius = try document.integer("radius", in: 1...1_000_000)
    scale = try document.integer("scale", in: 1...1_000_000)
  }
}

extension ModelManifest.Target {
  fileprivate init(_ document: DocumentMapping, features: Int) throws(DocumentError) {
    feature = try document.integer("feature", in: 0...(features - 1))
    name = try document.string("name")
    unit = try document.string("unit")
  }
}

extension ModelManifest.Sensor {
  fileprivate init(_ document: DocumentMapping) throws(DocumentError) {
    var features: [Feature] = []
    for entry in try document.mappings("features") {
      features.append(
        Feature(name: try entry.string("name"), scale: try entry.integer("scale", in: 1...1_000_000)))
    }
    guard (1...4096).contains(features.count) else {
      throw document.error("features", "sensor.features must be 1 to 4096 features")
    }
    self.features = features
  }
}

extension ModelManifest.Cut {
  fileprivate init(_ document: DocumentMapping) throws(DocumentError) {
    shard = try document.choice("shard", of: ["shard-1"])
    output = try document.choice("output", of: ["embedding"])
    dimension = try document.integer("dimension", in: 1...65536)
  }
}

extension ModelManifest.Shard {
  fileprivate init(_ document: DocumentMapping) throws(DocumentError) {
    file = try document.string("file")
    guard !file.contains("/"), !file.contains("\\"), !file.hasPrefix("."), !file.contains("\0") else {
      throw document.error("file", "file must be the name of a file in the pack's own folder")
    }
    sha256 = try document.string("sha256")
    guard sha256.utf8.count == 64, sha256.utf8.allSatisfy({ Self.hexadecimal.contains($0) }) else {
      throw document.error("sha256", "sha256 must be 64 lower-case hexadecimal digits")
    }
    inputs = try Self.shapes(document.mapping("inputs"))
    outputs = try Self.shapes(document.mapping("outputs"))
  }

  private static let hexadecimal = Set("0123456789abcdef".utf8)

  private static func shapes(_ document: DocumentMapping) throws(DocumentError) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for name in document.keys { shapes[name] = try document.integers(name, in: 1...65536) }
    return shapes
  }
}
