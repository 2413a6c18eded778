/// The ledger's answer to a charge. Only `granted` carries the reservation without which nothing can be released.
public enum Charge: ~Copyable, Sendable {
  /// Charged, and durable on disk before this was returned.
  case granted(Reservation)
  /// The device had already been charged for this release ID, in entry `index`: it costs nothing more, and it cannot be
  /// noised again, so there is no reservation.
  case alreadyCharged(index: UInt64)
  /// Not charged. An answer, not an error.
  case denied(Denial)
}
