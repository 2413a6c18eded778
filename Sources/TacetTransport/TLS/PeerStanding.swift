package import TacetIdentity

/// Whether the peer of one connection still holds: asked at every call, judged again wherever the answer can have become another.
///
/// A judgement depends on the certificate and lists in force and on the time, which certificates and lists know in whole seconds; one
/// that was good is kept for as long as those are the same, and for a millisecond at most.
package struct PeerStanding: Sendable {
  private var judged: MeshIdentity.Moment?

  /// Not judged.
  package init() {}

  /// Why the peer is not to be served any longer; nil where its certificate still holds.
  /// - Parameter peer: the same at every call.
  package mutating func review(_ peer: @autoclosure () -> PeerIdentity?, by identity: MeshIdentity) -> ChainRejection? {
    let moment = identity.moment
    guard judged != moment, let peer = peer() else { return nil }
    let rejection = identity.review(peer)
    judged = rejection == nil ? moment : nil
    return rejection
  }
}
