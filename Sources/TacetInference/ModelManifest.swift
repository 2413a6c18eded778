/// What a model pack says of itself: its time axes, its sites, where the noised cut is, and its files.
public struct ModelManifest: Sendable, Hashable {
  /// The release that the model was trained with.
  public struct TrainedWith: Sendable, Hashable {
    /// The privacy unit, as in a policy.
    public let privacyUnit: String
    /// R, the L2 norm that releases are clipped to, in grid units.
    public let radius: Int
    /// S, the standard deviation of the noise, in grid units.
    public let scale: Int
  }

  /// The feature that is forecast.
  public struct Target: Sendable, Hashable {
    /// Its index among the sensor's features.
    public let feature: Int
    /// Its name.
    public let name: String
    /// Its unit.
    public let unit: String
  }

  /// What a site's sensor counts.
  public struct Sensor: Sendable, Hashable {
    /// A number the sensor gives at each bin; its physical value is the recorded integer / `scale`.
    public struct Feature: Sendable, Hashable {
      /// Its name.
      public let name: String
      /// What the recorded integer is divided by.
      public let scale: Int
    }

    /// The features, in order of the recording's last axis.
    public let features: [Feature]
  }

  /// Where the activation leaves the device, under noise.
  public struct Cut: Sendable, Hashable {
    /// The part whose output is released.
    public let shard: String
    /// The name of that output.
    public let output: String
    /// k, its number of components.
    public let dimension: Int
  }

  /// A file of the pack.
  public struct Shard: Sendable, Hashable {
    /// Its name in the pack's folder.
    public let file: String
    /// The SHA-256 of its bytes, lower-case hexadecimal.
    public let sha256: String
    /// The shapes of its inputs, by name.
    public let inputs: [String: [Int]]
    /// The shapes of its outputs, by name.
    public let outputs: [String: [Int]]
  }

  /// The model's name.
  public let model: String
  /// Its version.
  public let version: Int
  /// The release it was trained with.
  public let trainedWith: TrainedWith
  /// The sites, in order of the site axis.
  public let sites: [String]
  /// The length of a step, in seconds.
  public let stepSeconds: Int
  /// The length of a sensor's bin, in seconds.
  public let binSeconds: Int
  /// W, the bins of a window.
  public let window: Int
  /// T, the steps of releases that an encoding looks at.
  public let history: Int
  /// H, the bins ahead that are forecast.
  public let horizon: Int
  /// The feature that is forecast.
  public let target: Target
  /// What the sensors count.
  public let sensor: Sensor
  /// Where the noised cut is.
  public let cut: Cut
  /// The files: `shard-1`, `shard-2`, `shard-3` and `student`.
  public let shards: [String: Shard]

  /// The bins from one step to the next.
  public var binsPerStep: Int { stepSeconds / binSeconds }
}
