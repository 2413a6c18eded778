internal import Synchronization
internal import TacetIdentity

/// What the chain verification said about the peer of one connection. Settled by the verification's task before TLS
/// completes the handshake, read by the handlers after.
final class HandshakeOutcome: Sendable {
  private let verdict = Mutex<ChainVerdict?>(nil)

  func settle(_ verdict: ChainVerdict) {
    self.verdict.withLock { $0 = verdict }
  }

  /// The peer, when its certificate was accepted.
  var peer: PeerIdentity? {
    if case .valid(let peer) = verdict.withLock({ $0 }) { peer } else { nil }
  }

  /// Why its certificate was not accepted.
  var rejection: ChainRejection? {
    if case .refused(let rejection) = verdict.withLock({ $0 }) { rejection } else { nil }
  }
}
