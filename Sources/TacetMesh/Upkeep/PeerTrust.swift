import Foundation
package import TacetIdentity
import TacetLog
package import TacetPolicy
package import TacetTransport

/// How a node judges the certificates of others, whatever the roots: one for all its identities.
package struct PeerTrust: Sendable {
  package let trustDomain: TrustDomain
  /// The revocation lists in force.
  package let revocations: RevocationRegister

  private var logged: LogRequirement?
  private var demandsLists = true
  private let requiresPostQuantum: Bool

  /// - Parameters:
  ///   - policy: says what is demanded.
  ///   - proofs: where the proof that a certificate is in the authority's log may be found, in this order.
  package init(policy: Policy, proofs: [any ProofSource]) throws {
    trustDomain = try TrustDomain(policy.trustDomain)
    revocations = RevocationRegister(requirement: policy.identity.revocation, grace: policy.identity.grace)
    logged = policy.identity.log.map { key in
      LogRequirement(key: key) { try await proofs.proof(of: $0) }
    }
    requiresPostQuantum = policy.identity.requiresPostQuantum
  }

  /// The chain verification with these roots.
  /// - Throws: `IdentityError` when there are none, or one is none.
  package func verifier(roots: [[UInt8]]) throws(IdentityError) -> ChainVerifier {
    try ChainVerifier(
      roots: roots, trustDomain: trustDomain, revocations: demandsLists ? revocations : revocations.withoutDemands,
      logged: logged)
  }

  /// The same for a connection to the authority that fetches the revocation lists: it cannot demand that they are here, and in force.
  /// What those that are here revoke is revoked.
  var fetchingLists: PeerTrust {
    var trust = self
    trust.demandsLists = false
    return trust
  }

  /// The same for a connection to the authority that fetches proofs: it can demand neither lists nor a proof of the authority's own
  /// certificate. A proof is checked against the key of the log, whoever delivers it.
  var fetchingProofs: PeerTrust {
    var trust = fetchingLists
    trust.logged = nil
    return trust
  }

  /// An identity that judges others like this.
  package func identity(_ svid: SVID) throws(IdentityError) -> MeshIdentity {
    MeshIdentity(
      svid: svid, verifier: try verifier(roots: svid.roots), requiresPostQuantum: requiresPostQuantum)
  }
}
