/// A noised activation: what may leave the device. Sending it again, to anyone, costs nothing more.
public struct Release: Sendable {
  /// y = saturate(x + z), in grid units; as many as the activation had.
  public let values: [Int16]
  /// The radius and scale, both public, that `values` were made with.
  public let parameters: ReleaseParameters
  /// The release ID that was charged.
  public let identifier: String
  /// How many inputs were infinite or not a number, and counted as zero. It depends on the raw input: it stays on the
  /// device.
  public let sanitised: Int
}
