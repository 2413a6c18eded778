/// What a peer may use up of a door.
package struct TransportLimits: Sendable, Hashable {
  /// Connections at once, in handshakes or established; one more is closed when accepted.
  package var connections = 256
  /// From accepting a connection to the end of its handshake.
  package var handshake = Duration.seconds(5)
  /// From the first byte of a frame to its last.
  package var frame = Duration.seconds(5)
  /// Without a frame, an established connection is closed.
  package var idle = Duration.seconds(300)
  /// How often the peers of open connections are looked at again, whether they still hold; ``longestReview`` at most.
  package var review = longestReview
  /// Requests of one connection being answered at once; the next are read when one is done.
  package var inFlight = 64
  /// Tensors in one call of the gRPC door.
  package var tensorsPerCall = 64
  /// How long calls may finish after the door was asked to close.
  package var grace = Duration.seconds(1)

  /// A connection is cut within 5 s of its peer's expiry or revocation: this, and up to a second until it is closed.
  package static let longestReview = Duration.seconds(1)

  /// The defaults.
  package init() {}
}
