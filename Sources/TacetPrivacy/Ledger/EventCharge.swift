/// The ledger's answer to a charge for a sum over windows. Only `granted` carries the reservation without which it cannot be released.
public enum EventCharge: ~Copyable, Sendable {
  /// Charged, and durable on disk before this was returned.
  case granted(EventReservation)
  /// The device had already been charged for this name, in entry `index`: it costs nothing more, and cannot be released again.
  case alreadyCharged(index: UInt64)
  /// Not charged. An answer, not an error.
  case denied(Denial)
}
