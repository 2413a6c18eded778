internal import Synchronization
package import TacetIdentity

/// What a link has seen of the certificates at its address since somebody last asked: the latest of each kind.
package final class PeerNews: Sendable {
  /// What was seen.
  package struct Items: Sendable {
    /// The peer that was expected there, verified.
    package var met: PeerIdentity?
    /// The serial number of its certificate, revoked while it was in use.
    package var revoked: String?
    /// Why a connection was not accepted, or was cut: in the words of the chain verification.
    package var refused: String?
  }

  private let items = Mutex(Items())

  package init() {}

  /// A connection was made.
  func meet(_ peer: PeerIdentity) {
    items.withLock { $0.met = peer }
  }

  /// Nobody was there whose certificate could be accepted. A revoked one at a new handshake is no more than that: somebody else may have
  /// brought it.
  func refuse(_ rejection: ChainRejection) {
    items.withLock { $0.refused = "\(rejection)" }
  }

  /// A connection was cut for what became of the certificate that it was made with.
  func cut(_ peer: PeerIdentity, for rejection: ChainRejection) {
    if case .revoked = rejection {
      items.withLock { $0.revoked = peer.serial }
    } else {
      refuse(rejection)
    }
  }

  /// What was seen; it is not given again.
  package func take() -> Items {
    items.withLock { items in
      defer { items = Items() }
      return items
    }
  }
}
