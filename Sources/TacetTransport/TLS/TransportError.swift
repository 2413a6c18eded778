package import TacetIdentity
package import TacetWire

/// Why a door cannot open or an exchange did not come about.
package enum TransportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Another process listens there.
  case portInUse(Endpoint)
  /// The address cannot be listened at.
  case cannotListen(Endpoint, reason: String)
  /// Certificate or key cannot be used for TLS.
  case unusableIdentity(reason: String)
  /// No TCP connection.
  case unreachable(Endpoint, reason: String)
  /// The peer's certificate was refused.
  case peerRefused(Endpoint, ChainRejection)
  /// The TLS handshake failed or the peer refused this node's certificate.
  case handshakeFailed(Endpoint, reason: String)
  /// The peer's certificate has expired since the handshake.
  case peerExpired(Endpoint)
  /// The connection ended before the answer.
  case connectionLost(Endpoint, reason: String)
  /// No answer in time.
  case timedOut(Endpoint, Duration)
  /// Too many exchanges wait for an answer.
  case tooManyInFlight(Endpoint, limit: Int)
  /// The message cannot be sent, or the answer is none.
  case message(WireError)
  /// The client or the door was closed.
  case closed(Endpoint)

  /// One line: what is wrong, where, what to do.
  package var description: String {
    switch self {
    case .portInUse(let at):
      "port \(at.port) on \(at.host) is in use by another process: stop it or choose another port"
    case .cannotListen(let at, let reason):
      "cannot listen on \(at): \(reason)"
    case .unusableIdentity(let reason):
      "certificate or key cannot be used for TLS: \(reason)"
    case .unreachable(let at, let reason):
      "cannot connect to \(at): \(reason)"
    case .peerRefused(let at, let rejection):
      "certificate presented by \(at) refused: \(rejection)"
    case .handshakeFailed(let at, let reason):
      "TLS handshake with \(at) failed: \(reason)"
    case .peerExpired(let at):
      "certificate presented by \(at) has expired: it must be renewed there"
    case .connectionLost(let at, let reason):
      "connection to \(at) lost before the answer: \(reason)"
    case .timedOut(let at, let timeout):
      "no answer from \(at) within \(timeout)"
    case .tooManyInFlight(let at, let limit):
      "\(limit) exchanges with \(at) wait for an answer already"
    case .message(let error):
      "\(error)"
    case .closed(let at):
      "the transport to \(at) is closed"
    }
  }
}
