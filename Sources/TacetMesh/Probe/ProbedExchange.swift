package import TacetWire

/// One request of a probe and what came back, as an observer at this end of the wire sees it.
package struct ProbedExchange: Sendable, Hashable {
  /// The hidden class; nil where the exchange only warms up.
  package var label: String?
  /// Sizes of TLS records in bytes, header included, in order. What came after the reply and before the next request counts as reply.
  package var request: [Int] = []
  package var reply: [Int] = []
  /// When the request's last record left, and when the reply's first arrived, in seconds of one clock. Where the connection ended
  /// in place of a reply: when it did.
  package var departure = 0.0
  package var arrival = 0.0
  /// What the node answered; nil for a reply that is no message, and for none.
  package var status: Message.Status?
}

/// One connection of a probe.
package struct ProbedConnection: Sendable, Hashable {
  /// As `HOST:PORT`.
  package var client = ""
  package var server = ""
  /// In order.
  package var exchanges: [ProbedExchange] = []
}
