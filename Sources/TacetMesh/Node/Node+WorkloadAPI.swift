import Logging
import TacetEnrolment
import TacetIdentity
import TacetPolicy
import TacetTransport

extension NodeConfiguration {
  /// Where a node serves the SPIFFE Workload API to the processes of its host.
  package struct WorkloadParts: Sendable {
    /// The socket file.
    package let socket: String
    /// Its mode.
    package let mode: UInt32
  }
}

extension Node {
  /// The identities of this host's node, for its workloads.
  /// - Parameter authority: signs their tokens; without one there are none.
  static func host(_ identities: [MeshIdentity], policy: Policy, authority: Endpoint?) throws -> HostIdentities {
    HostIdentities(identities, trustDomain: try TrustDomain(policy.trustDomain)) { audience, identity in
      guard let authority else {
        throw MeshError.unavailable("this node has no authority to ask for tokens")
      }
      return try await AuthorityClient(address: authority).jwt(as: identity, audience: audience)
    }
  }

  /// The SPIFFE Workload API, where the configuration has one; it listens from here on.
  /// - Throws: `WorkloadAPIError`.
  static func workloadAPI(
    _ parts: NodeConfiguration.WorkloadParts?, policy: Policy, host: HostIdentities, logger: Logger
  ) throws -> WorkloadAPI? {
    guard let parts else { return nil }
    if policy.workloads.isEmpty {
      logger.warning("the policy gives no user of this host an identity", metadata: ["socket": "\(parts.socket)"])
    }
    return try WorkloadAPI(
      path: parts.socket, mode: parts.mode, grants: policy.workloads, identities: host, logger: logger)
  }
}
