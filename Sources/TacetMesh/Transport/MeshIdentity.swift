package import Foundation
package import TacetIdentity

/// What a node is on the wire: its own certificate and how it checks those of others.
package struct MeshIdentity: Sendable {
  /// Presented to every peer, on both doors and on outgoing links.
  package let svid: SVID
  /// Asked about every peer, once a connection; there is no connection that skips it.
  package let verifier: ChainVerifier
  /// The time that certificates are judged by, at the handshake and at every call.
  package let now: @Sendable () -> Date

  /// - Parameters:
  ///   - svid: chain and key of this node.
  ///   - verifier: the one chain verification, with the roots of the mesh.
  ///   - now: the wall clock.
  package init(svid: SVID, verifier: ChainVerifier, now: @escaping @Sendable () -> Date = { Date() }) {
    self.svid = svid
    self.verifier = verifier
    self.now = now
  }

  /// Whether the peer's certificate still holds: neither expired nor revoked; asked at every call.
  package func holds(_ peer: PeerIdentity) -> Bool {
    verifier.review(peer, at: now()) == nil
  }
}
