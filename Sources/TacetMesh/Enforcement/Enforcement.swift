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
  func answer(_ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant) async -> Reply
}

/// The policy at the door of a node: every call of either transport passes here.
///
/// The caller's ID, or else its role, decides what it may ask for, and how much; everything else is refused inside a message of the
/// same size as an answer, which leaves at the same moment.
package struct Enforcement<Service: NodeService>: Door {
  private let policy: Policy
  private let service: Service
  private let refusals: RefusalLog
  private let quota: RequestRate?

  package init(policy: Policy, service: Service, refusals: RefusalLog) {
    self.policy = policy
    self.service = service
    self.refusals = refusals
    quota = policy.message.quota.map {
      RequestRate(perSecond: Double($0) / policy.timing.tick.seconds, burst: $0)
    }
  }

  package func exchange(_ request: Message, from peer: PeerIdentity) async -> Reply {
    let cutoff = ContinuousClock.now + policy.timing.deadline * 3 / 4
    guard let operations = Policy.Operation.sufficient(for: request.kind) else {
      return Reply(request.answer(.malformed))
    }
    guard !policy.operations(of: peer.id).isDisjoint(with: operations) else {
      return refuse(request, .refused, .role, detail: "\(peer.id.path) may not ask for \(request.kind)")
    }
    guard quota?.take(peer.id.path) ?? true else {
      return refuse(request, .overQuota, .quota, detail: "\(peer.id.path) asks more than the policy's message.quota")
    }
    return await service.answer(request, from: peer, cutoff: cutoff)
  }

  private func refuse(
    _ request: Message, _ status: Message.Status, _ reason: RefusalReason, detail: String
  ) -> Reply {
    refusals.record(reason, detail: detail, at: Date())
    return Reply(request.answer(status))
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
    case .update, .student: [.refresh]
    default: nil
    }
  }
}
