internal import Foundation
internal import Synchronization
package import TacetIdentity
package import TacetTransport

/// The identities of the node that runs on a host, as they are renewed; with the bundle and the revocation lists that the node has
/// from the authority.
package final class HostIdentities: WorkloadIdentities {
  /// Asks the authority for a JWT-SVID of the identity that is given; ends when its task is cancelled.
  package typealias TokenSource =
    @Sendable (_ audience: [String], _ identity: MeshIdentity) async throws -> WorkloadToken

  private struct State {
    var bundle: TrustBundle?
    var lists: [[UInt8]] = []
    var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var lastListener: UInt64 = 0
  }

  private let trustDomain: TrustDomain
  private let identities: [MeshIdentity]
  private let tokens: TokenSource
  private let state = Mutex(State())

  /// - Parameters:
  ///   - identities: of the trust domain; of two with one ID, the first counts.
  ///   - trustDomain: of the mesh.
  ///   - tokens: asks the authority.
  package init(
    _ identities: [MeshIdentity], trustDomain: TrustDomain, tokens: @escaping TokenSource
  ) {
    self.identities = identities
    self.trustDomain = trustDomain
    self.tokens = tokens
  }

  // MARK: What the authority says

  /// Puts another bundle in force, unless it is an older one of the trust domain.
  /// - Returns: whether it is in force.
  @discardableResult
  package func replace(bundle: TrustBundle) -> Bool {
    guard bundle.trustDomain == trustDomain else { return false }
    let (isTaken, listeners) = state.withLock { state in
      if let old = state.bundle?.sequence, bundle.sequence.map({ $0 < old }) ?? true {
        return (false, [AsyncStream<Void>.Continuation]())
      }
      guard bundle != state.bundle else { return (true, []) }
      state.bundle = bundle
      return (true, Array(state.listeners.values))
    }
    for listener in listeners { listener.yield() }
    return isTaken
  }

  /// Puts other revocation lists in force.
  package func replace(revocationLists: [RevocationList]) {
    let lists = revocationLists.map(\.der)
    let listeners = state.withLock { state in
      guard lists != state.lists else { return [AsyncStream<Void>.Continuation]() }
      state.lists = lists
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.yield() }
  }

  // MARK: WorkloadIdentities

  package func snapshot() async -> WorkloadSnapshot {
    var svids: [SPIFFEID: SVID] = [:]
    var roots: [[UInt8]] = []
    for identity in identities {
      let (svid, verifier) = (identity.svid, identity.verifier)
      for root in svid.roots where !roots.contains(root) { roots.append(root) }
      guard svid.id.trustDomain == trustDomain, svids[svid.id] == nil else { continue }
      if !Self.isLost(await verifier.verify(presented: svid.chain, at: identity.now(), expecting: svid.id)) {
        svids[svid.id] = svid
      }
    }
    let (bundle, lists) = state.withLock { ($0.bundle, $0.lists) }
    // Once the authority has said which roots there are, those of the files say nothing more.
    let said = bundle?.roots ?? []
    return WorkloadSnapshot(
      trustDomain: trustDomain, svids: svids, roots: said.isEmpty ? roots : said, bundle: bundle,
      revocationLists: lists)
  }

  /// Whether nobody should have it any more. A list that is stale or missing takes nothing away from the host: that is for its
  /// peers to judge.
  private static func isLost(_ verdict: ChainVerdict) -> Bool {
    switch verdict {
    case .refused(.revoked), .refused(.expired): true
    case .refused, .valid: false
    }
  }

  package var updates: AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.lastListener += 1
      state.listeners[state.lastListener] = continuation
      return state.lastListener
    }
    let followers = identities.map { identity in
      let updates = identity.updates
      return Task { for await _ in updates { continuation.yield() } }
    }
    continuation.onTermination = { [weak self] _ in
      for follower in followers { follower.cancel() }
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
    }
    return stream
  }

  /// The identity has become another one meanwhile.
  private struct Gone: Error {}

  package func token(audience: [String], for svid: SVID) async throws -> WorkloadToken {
    guard let identity = identities.first(where: { $0.svid.id == svid.id }) else { throw Gone() }
    return try await tokens(audience, identity)
  }
}
