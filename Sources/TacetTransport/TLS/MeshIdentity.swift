package import Foundation
internal import Synchronization
package import TacetIdentity

/// What a node is on the wire: its own certificate and how it checks those of others. Both may be replaced while connections are
/// open: the next handshake uses the new ones, and so does the next call's look at a peer.
package final class MeshIdentity: Sendable {
  /// The time that certificates are judged by, at the handshake and at every call.
  package let now: @Sendable () -> Date
  /// Whether X25519MLKEM768 is demanded of every connection, in place of preferred.
  package let requiresPostQuantum: Bool

  private struct State {
    var svid: SVID
    var verifier: ChainVerifier
    var version = 0
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    var lastListener = 0
  }

  private let state: Mutex<State>

  /// - Parameters:
  ///   - svid: chain and key of this node.
  ///   - verifier: the one chain verification, with the roots of the mesh.
  ///   - requiresPostQuantum: whether peers without X25519MLKEM768 are refused.
  ///   - now: the wall clock.
  package init(
    svid: SVID, verifier: ChainVerifier, requiresPostQuantum: Bool = false,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    state = Mutex(State(svid: svid, verifier: verifier))
    self.requiresPostQuantum = requiresPostQuantum
    self.now = now
  }

  deinit {
    state.withLock { for listener in $0.listeners.values { listener.finish() } }
  }

  /// Presented to every peer, on both doors and on outgoing links.
  package var svid: SVID { state.withLock { $0.svid } }
  /// Asked about every peer, once a connection; there is no connection that skips it.
  package var verifier: ChainVerifier { state.withLock { $0.verifier } }

  /// The certificate in force, and a number that is another after each replacement.
  package var current: (svid: SVID, version: Int) { state.withLock { ($0.svid, $0.version) } }

  /// Whether the peer's certificate still holds: neither expired nor revoked; asked at every call.
  package func holds(_ peer: PeerIdentity) -> Bool {
    review(peer) == nil
  }

  /// Why the peer is not to be served any longer; nil where its certificate still holds.
  package func review(_ peer: PeerIdentity) -> ChainRejection? {
    verifier.review(peer, at: now())
  }

  /// What a judgement of a peer depends on, beside the peer.
  struct Moment: Hashable, Sendable {
    fileprivate let version: Int
    fileprivate let revocations: UInt64
    fileprivate let millisecond: Double
  }

  /// What a judgement of now depends on.
  var moment: Moment {
    let time = (now().timeIntervalSince1970 * 1000).rounded(.down)
    return state.withLock {
      Moment(version: $0.version, revocations: $0.verifier.revision, millisecond: time)
    }
  }

  // MARK: Replacing

  /// Puts another certificate, or another verification, in force. Connections that are open stay so.
  package func replace(svid: SVID, verifier: ChainVerifier) {
    let listeners = state.withLock { state in
      state.svid = svid
      state.verifier = verifier
      state.version += 1
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.yield() }
  }

  /// An element after each replacement from now on; several that nobody has heard of yet are one.
  package var updates: AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.lastListener += 1
      state.listeners[state.lastListener] = continuation
      return state.lastListener
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
    }
    return stream
  }
}
