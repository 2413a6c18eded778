import Foundation
import TacetIdentity
import TacetLog
import TacetPolicy
import TacetTrust

/// What a gateway learns of the devices that speak to it, from what they show it of their ledgers.
struct DeviceTrust: Sendable {
  /// In which a device is worth nothing when its ledger was rolled back or rewritten: it may have spent its budget twice.
  private static let vouchedFor: [Capability] = [.release, .refresh]

  let trust: TrustRegister

  /// Of devices no more lie than the refresh must stand; the trim of `aggregation` is of gateways.
  static func parameters(_ policy: Policy) -> TrustParameters {
    var parameters = policy.trust.parameters
    if let refresh = policy.refresh { parameters.trim = refresh.aggregator.byzantine }
    return parameters
  }

  /// Takes in what became of a checkpoint.
  func take(_ verdict: WitnessVerdict, from peer: PeerIdentity, at time: Date) async {
    let device = peer.id.path
    await trust.admit(device, issuer: peer.issuerKeyDigest, at: time)
    switch verdict {
    case .accepted: await trust.observe(.checkpointKept(at: time), of: device, for: .release)
    case .unproven: break
    case .refused(let reason):
      for capability in Self.vouchedFor {
        await trust.observe(Self.evidence(reason, at: time), of: device, for: capability)
      }
    }
  }

  /// Another history in the place of the one that was seen is a proof; what cannot be read or was not shown is one observation.
  private static func evidence(_ reason: WitnessVerdict.Reason, at time: Date) -> Evidence {
    switch reason {
    case .rolledBack, .forked, .otherKey: .checkpointContradicted(reason: reason.explanation, at: time)
    case .malformed, .unsigned, .unproven:
      Evidence(.checkpoint, agreement: 0, reason: reason.explanation, at: time)
    }
  }
}
