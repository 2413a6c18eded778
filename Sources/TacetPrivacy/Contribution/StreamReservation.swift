/// The right to one stream window: proof that its charge is durable.
///
/// Only the ledger makes one, after the charge is on disk; a ``ContributionStream`` consumes it. It cannot be copied, so a charge
/// pays for one stream, and it is no ``Reservation``: nothing else can be released on it.
public struct StreamReservation: ~Copyable, Sendable {
  /// The device whose budget was charged.
  public let device: String
  /// The ID of the window that was charged.
  public let window: String
  /// The index of the charge in the ledger's log.
  public let index: UInt64
  /// What bounds the individuals, and was paid for.
  public let plan: ContributionPlan
  /// How many numbers each release has.
  public let dimension: Int
  /// The table that the noise must be drawn from.
  public let precision: NoisePrecision

  /// For the ledger alone, and only once the charge is durable.
  package init(
    device: String, window: String, index: UInt64, plan: ContributionPlan, dimension: Int, precision: NoisePrecision
  ) {
    self.device = device
    self.window = window
    self.index = index
    self.plan = plan
    self.dimension = dimension
    self.precision = precision
  }
}
