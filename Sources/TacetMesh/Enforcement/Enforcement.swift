import Foundation
package import TacetIdentity
package import TacetPolicy
package import TacetTransport
package import TacetWire

/// What a node does for its peers once a call is authorised.
package protocol NodeService: Sendable {
  /// Answers an authorised request.
  ///
  /// - Parameter cutoff: when the service should stop waiting for others and compute; the reply leaves later.
  /// - Returns: the answer; a refusal is an answer with a status. Errors are never thrown at a peer.
  func answer(_ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant) async -> Message
}

/// The policy at the door of a node: every call of either transport passes here, and leaves on the beat.
///
/// The caller's ID, or else its role, decides what it may ask for; everything else is refused inside a message of the same size, after
/// the same time, as an answer.
package struct Enforcement<Service: NodeService>: Door {
  private let policy: Policy
  private let service: Service
  private let refusals: RefusalLog

  package init(policy: Policy, service: Service, refusals: RefusalLog) {
    self.policy = policy
    self.service = service
    self.refusals = refusals
  }

  package func exchange(_ request: Message, from peer: PeerIdentity) async -> Message {
    let arrival = ContinuousClock.now
    let cutoff = arrival + policy.timing.deadline * 3 / 4
    let answer = await admitted(request, from: peer, cutoff: cutoff)
    let departure = arrival + policy.pacing.delay(draw: SystemRandom.unitInterval())
    try? await Task.sleep(until: departure, clock: .continuous)
    return answer
  }

  /// The answer, as soon as it is there.
  func admitted(
    _ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant
  ) async -> Message {
    guard let operations = Policy.Operation.sufficient(for: request.kind) else {
      return request.answer(.malformed)
    }
    guard !policy.operations(of: peer.id).isDisjoint(with: operations) else {
      let detail = "\(peer.id.path) may not ask for \(request.kind)"
      refusals.record(.role, detail: detail, at: Date())
      return request.answer(.refused)
    }
    return await service.answer(request, from: peer, cutoff: cutoff)
  }
}

extension Policy.Operation {
  /// The operations any of which permits a request of this kind; nil for kinds that are not requests. Cover traffic asks
  /// for nothing, so whoever may release or query may send it.
  static func sufficient(for kind: Message.Kind) -> Set<Policy.Operation>? {
    switch kind {
    case .release: [.release]
    case .query: [.query]
    case .cover: [.release, .query]
    case .status: [.status]
    case .fallback: [.fallback]
    case .restore: [.restore]
    case .audit: [.audit]
    // Whoever releases has a ledger to show.
    case .checkpoint: [.release]
    default: nil
    }
  }
}
