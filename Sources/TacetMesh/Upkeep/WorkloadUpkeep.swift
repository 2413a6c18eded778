package import Foundation
package import Logging
package import TacetEnrolment
package import TacetIdentity
package import TacetTransport

/// What the workloads of a host are told of the trust domain: the authority's bundle, asked for again and again.
package struct WorkloadUpkeep: IdentityUpkeep {
  private let client: AuthorityClient
  private let identity: MeshIdentity
  private let host: HostIdentities
  private let logger: Logger

  /// Within the time that the authority gives to a new key before it signs with it.
  private static let pause = Duration.seconds(10)

  /// - Parameters:
  ///   - client: asks the authority.
  ///   - identity: who asks.
  ///   - host: who is told.
  package init(_ client: AuthorityClient, as identity: MeshIdentity, for host: HostIdentities, logger: Logger) {
    self.client = client
    self.identity = identity
    self.host = host
    self.logger = logger
  }

  package func run() async {
    repeat { await fetch() } while (try? await Task.sleep(for: Self.pause)) != nil
  }

  private func fetch() async {
    do {
      let json = try await client.bundle(as: identity)
      host.replace(bundle: try TrustBundle(json: json, trustDomain: identity.svid.id.trustDomain))
    } catch {
      logger.warning("bundle not fetched", metadata: ["detail": "\(error)"])
    }
  }
}
