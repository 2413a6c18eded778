internal import TacetTransport

/// How patient the asking end of a link is.
package struct LinkClientLimits: Sendable, Hashable {
  /// For the TCP connection and for the TLS handshake, each.
  package var handshake = Duration.seconds(5)
  /// The first pause before connecting again; doubled up to ``longestPause`` while that fails.
  package var pause = Duration.milliseconds(500)
  /// The longest pause before connecting again.
  package var longestPause = Duration.seconds(30)
  /// How often the peer of an open connection is looked at again, whether it still holds, and whether a new connection is due;
  /// `TransportLimits.longestReview` at most.
  package var review = TransportLimits.longestReview
  /// How long a new connection must have stood before it takes over: in TLS 1.3 a client learns only after its handshake that the peer
  /// does not accept its certificate.
  package var probation = Duration.seconds(1)
  /// Exchanges that may wait for an answer.
  package var inFlight = 1024
  /// After so many exchanges in a row without a single answer on it, a connection is given up.
  package var silentExchanges = 3

  /// The defaults.
  package init() {}
}
