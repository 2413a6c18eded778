public import Foundation
package import TacetInference
package import TacetPrivacy

extension RunReport {
  /// What was run: the policy, the model, the host and the privacy mechanism of the releases.
  public struct Run: Codable, Sendable, Equatable {
    /// When the run started; whole seconds (RFC 3339 in JSON).
    public let startedAt: Date
    /// Wall-clock length of the run, in seconds.
    public let durationSeconds: Double?
    /// Version of Tacet that ran.
    public let tacetVersion: String
    /// The policy in force.
    public let policy: FileDigest
    /// Name of the model pack.
    public let modelName: String
    /// Version of the model pack.
    public let modelVersion: String
    /// The files of the model pack, as loaded.
    public let modelFiles: [FileDigest]
    /// Operating system of the host.
    public let operatingSystem: String
    /// Logical processors of the host.
    public let cores: Int
    /// Sites, each a camera and its controller.
    public let sites: Int
    /// Gateways.
    public let gateways: Int
    /// Steps of the city played.
    public let steps: Int
    /// Length of a step in city time, in seconds.
    public let stepSeconds: Double
    /// City seconds played per wall-clock second.
    public let acceleration: Double?
    /// What neighbouring inputs differ in: `any-input` or `contribution`.
    public let privacyUnit: String
    /// The release mechanism.
    public let mechanism: Mechanism
    /// Trust below which a site quarantines a gateway, 0…1.
    public let trustThreshold: Double
    /// How many passages of an individual a round of the student's refresh is charged for; absent where the policy has none, and in older
    /// reports.
    public let refreshPassages: Int?

    /// Creates it from its parts; figures that are not finite become absent.
    public init(
      startedAt: Date, durationSeconds: Double?, tacetVersion: String, policy: FileDigest, modelName: String,
      modelVersion: String, modelFiles: [FileDigest], operatingSystem: String, cores: Int, sites: Int, gateways: Int,
      steps: Int, stepSeconds: Double, acceleration: Double?, privacyUnit: String, mechanism: Mechanism,
      trustThreshold: Double, refreshPassages: Int? = nil
    ) {
      self.startedAt = Date(timeIntervalSince1970: startedAt.timeIntervalSince1970.rounded(.down))
      self.durationSeconds = durationSeconds.flatMap { $0.isFinite ? $0 : nil }
      self.tacetVersion = tacetVersion
      self.policy = policy
      self.modelName = modelName
      self.modelVersion = modelVersion
      self.modelFiles = modelFiles
      self.operatingSystem = operatingSystem
      self.cores = cores
      self.sites = sites
      self.gateways = gateways
      self.steps = steps
      self.stepSeconds = stepSeconds
      self.acceleration = acceleration.flatMap { $0.isFinite ? $0 : nil }
      self.privacyUnit = privacyUnit
      self.mechanism = mechanism
      self.trustThreshold = trustThreshold
      self.refreshPassages = refreshPassages
    }
  }

  /// What is charged at a time, and the noise it gets.
  public struct Mechanism: Codable, Sendable, Equatable {
    /// How far neighbours can be apart, in grid units: twice the clipping radius, or what one individual moves a stream window by.
    public let sensitivity: Int
    /// Noise scale S, in grid units.
    public let scale: Int
    /// μ of what is charged at a time.
    public let mu: Double
    /// Releases that are charged at a time: 1, or those of a stream window.
    public let steps: Int

    /// Creates it from its parts.
    public init(sensitivity: Int, scale: Int, mu: Double, steps: Int) {
      self.sensitivity = sensitivity
      self.scale = scale
      self.mu = mu
      self.steps = steps
    }

    /// Of what a device is charged for.
    package init(_ mechanism: TacetPrivacy.Mechanism) {
      let sensitivity =
        switch mechanism {
        case .anyInput(let parameters): 2 * parameters.radius
        case .contribution(let parameters): parameters.sensitivity
        }
      self.init(
        sensitivity: sensitivity, scale: mechanism.noiseScale.nominal, mu: mechanism.cost.mu, steps: mechanism.steps)
    }
  }

  /// A file and the SHA-256 of its bytes.
  public struct FileDigest: Codable, Sendable, Equatable {
    /// File name, without its folder.
    public let name: String
    /// SHA-256, lower-case hexadecimal.
    public let sha256: String

    /// Creates it from its parts.
    public init(name: String, sha256: String) {
      self.name = name
      self.sha256 = sha256
    }

    /// Those of a model pack, by name.
    package static func files(of manifest: ModelManifest) -> [FileDigest] {
      manifest.shards.values.map { FileDigest(name: $0.file, sha256: $0.sha256) }.sorted { $0.name < $1.name }
    }
  }
}
