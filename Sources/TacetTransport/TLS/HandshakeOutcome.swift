internal import Synchronization
package import TacetIdentity

/// What the chain verification said about the peer of one connection. Settled by the verification's task before TLS
/// completes the handshake, read by the handlers after.
package final class HandshakeOutcome: Sendable {
  private let verdict = Mutex<ChainVerdict?>(nil)
  private let cut = Mutex(false)

  /// Not settled.
  package init() {}

  package func settle(_ verdict: ChainVerdict) {
    self.verdict.withLock { $0 = verdict }
  }

  /// Marks the connection as one that is being cut; true for the first who does.
  func beginCut() -> Bool {
    cut.withLock { cut in
      defer { cut = true }
      return !cut
    }
  }

  /// The peer, when its certificate was accepted.
  package var peer: PeerIdentity? {
    if case .valid(let peer) = verdict.withLock({ $0 }) { peer } else { nil }
  }

  /// Why its certificate was not accepted.
  package var rejection: ChainRejection? {
    if case .refused(let rejection) = verdict.withLock({ $0 }) { rejection } else { nil }
  }
}
