/// How patient the asking end of a link is.
package struct LinkClientLimits: Sendable, Hashable {
  /// For the TCP connection and for the TLS handshake, each.
  package var handshake = Duration.seconds(5)
  /// The first pause before connecting again; doubled up to ``longestPause`` while that fails.
  package var pause = Duration.milliseconds(500)
  /// The longest pause before connecting again.
  package var longestPause = Duration.seconds(30)
  /// Exchanges that may wait for an answer.
  package var inFlight = 1024
  /// After so many exchanges in a row without a single answer on it, a connection is given up.
  package var silentExchanges = 3

  /// The defaults.
  package init() {}
}
