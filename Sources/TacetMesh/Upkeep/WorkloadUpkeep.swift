import Foundation
package import Logging
package import TacetEnrolment
package import TacetIdentity
package import TacetTransport

/// What the workloads of a host are told of the trust domain: the authority's bundle, asked for again and again, and the revocation
/// lists that this node goes by.
package struct WorkloadUpkeep: IdentityUpkeep {
  private let client: AuthorityClient?
  private let identity: MeshIdentity
  private let revocations: RevocationRegister
  private let host: HostIdentities
  private let logger: Logger

  /// Within the time that the authority gives to a new key before it signs with it.
  private static let refresh = Duration.seconds(10)
  /// How often a look is taken at the lists.
  private static let pause = Duration.seconds(1)

  /// - Parameters:
  ///   - client: asks the authority; nil where there is none on the network.
  ///   - identity: who asks.
  ///   - revocations: has the lists.
  ///   - host: who is told.
  package init(
    _ client: AuthorityClient?, as identity: MeshIdentity, revocations: RevocationRegister, for host: HostIdentities,
    logger: Logger
  ) {
    self.client = client
    self.identity = identity
    self.revocations = revocations
    self.host = host
    self.logger = logger
  }

  package func run() async {
    var due = ContinuousClock.now
    repeat {
      host.replace(revocationLists: revocations.lists)
      guard ContinuousClock.now >= due else { continue }
      await fetch()
      due = .now + Self.refresh
    } while (try? await Task.sleep(for: Self.pause)) != nil
  }

  private func fetch() async {
    guard let client else { return }
    do {
      let json = try await client.bundle(as: identity)
      host.replace(bundle: try TrustBundle(json: json, trustDomain: identity.svid.id.trustDomain))
    } catch {
      logger.warning("bundle not fetched", metadata: ["detail": "\(error)"])
    }
  }
}
