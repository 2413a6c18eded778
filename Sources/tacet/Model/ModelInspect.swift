import ArgumentParser
import Foundation
import TacetInference

/// `tacet model inspect`: what a model pack is, once all its digests were checked.
struct ModelInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Checks every file of a model pack against its manifest, and says what it is.",
    discussion: """
      EXAMPLES
        tacet model inspect packs/counts
      """)

  @Argument(help: ArgumentHelp("The model pack's folder.", valueName: "dir"))
  var pack: String

  @OptionGroup var common: CommonOptions

  private struct Shard: Encodable {
    let name: String
    let file: String
    let sha256: String
    let inputs: [String: [Int]]
    let outputs: [String: [Int]]
  }

  private struct Result: Encodable {
    let model: String
    let version: Int
    let sites: [String]
    let stepSeconds: Int
    let binSeconds: Int
    let window: Int
    let history: Int
    let horizon: Int
    let target: String
    let targetUnit: String
    let cutDimension: Int
    /// 0 where the student cannot be refreshed.
    let studentFeatures: Int
    let shards: [Shard]
  }

  func run() throws {
    let model = try ModelPack.load(from: URL(fileURLWithPath: pack, isDirectory: true))
    let manifest = model.manifest
    let shards = manifest.shards.sorted { $0.key < $1.key }.map { name, shard in
      Shard(name: name, file: shard.file, sha256: shard.sha256, inputs: shard.inputs, outputs: shard.outputs)
    }
    let result = Result(
      model: manifest.model, version: manifest.version, sites: manifest.sites, stepSeconds: manifest.stepSeconds,
      binSeconds: manifest.binSeconds, window: manifest.window, history: manifest.history, horizon: manifest.horizon,
      target: manifest.target.name, targetUnit: manifest.target.unit, cutDimension: manifest.cutDimension,
      studentFeatures: model.studentFeatures, shards: shards)
    let refresh =
      model.studentFeatures > 0 ? "can be refreshed (\(model.studentFeatures) features)" : "cannot be refreshed"
    let lines =
      [
        "\(result.model), version \(result.version): \(result.target) in \(result.targetUnit), \(result.horizon) bins of "
          + "\(result.binSeconds) s ahead, at \(result.sites.count) sites each \(result.stepSeconds) s",
        "the student \(refresh)",
      ] + shards.map { "\($0.name): \($0.file), SHA-256 \($0.sha256)" }
    try common.print(result, text: lines.joined(separator: "\n"))
  }
}
