/// The right to noise one input once: proof that its charge is durable.
///
/// Only the ledger makes one, after the charge is on disk; ``Releaser/release(_:for:)`` consumes it. It cannot be copied,
/// so a charge pays for one noising.
public struct Reservation: ~Copyable, Sendable {
  /// The device whose budget was charged.
  public let device: String
  /// The release ID that was charged.
  public let release: String
  /// The index of the charge in the ledger's log.
  public let index: UInt64
  /// The radius and scale that were paid for.
  public let parameters: ReleaseParameters
  /// How many numbers may be released.
  public let dimension: Int
  /// The table that the noise must be drawn from.
  public let precision: NoisePrecision

  /// For the ledger alone, and only once the charge is durable.
  package init(
    device: String, release: String, index: UInt64, parameters: ReleaseParameters, dimension: Int,
    precision: NoisePrecision
  ) {
    self.device = device
    self.release = release
    self.index = index
    self.parameters = parameters
    self.dimension = dimension
    self.precision = precision
  }
}
