/// One step of a stream of counts, noised: what may leave the device. Sending it again, to anyone, costs nothing more.
public struct ContributionRelease: Sendable {
  /// y = saturate(filtered counts + z): in units in which a count of 1 is worth the filter's taps.
  public let values: [Int16]
  /// The step in the window, from 0.
  public let step: Int
  /// The ID of the window that was charged.
  public let window: String
  /// What the window was charged by.
  public let parameters: StreamParameters
}
