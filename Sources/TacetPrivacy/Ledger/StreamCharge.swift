/// The ledger's answer to a charge for a stream window. Only `granted` carries the reservation without which there is no stream.
public enum StreamCharge: ~Copyable, Sendable {
  /// Charged, and durable on disk before this was returned.
  case granted(StreamReservation)
  /// The device had already been charged for this window, in entry `index`: it costs nothing more, and it cannot be streamed
  /// again, so there is no reservation.
  case alreadyCharged(index: UInt64)
  /// Not charged. An answer, not an error.
  case denied(Denial)
}
