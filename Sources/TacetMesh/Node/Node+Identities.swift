import Foundation
import Logging
import TacetEnrolment
import TacetIdentity
import TacetPolicy
import TacetTransport

extension Node {
  /// A node's identities, and what keeps them current while it runs.
  struct Identities: Sendable {
    /// In the order asked for.
    let all: [MeshIdentity]
    let upkeep: [any IdentityUpkeep]
    /// The revocation lists that peers are judged by.
    let revocations: RevocationRegister
  }

  /// Loads the identities of this node.
  /// - Parameter folders: by role, which the certificate in it must have, with the node's name.
  /// - Throws: `IdentityError`, ``MeshError``.
  static func identities(
    _ folders: [(role: String, folder: URL)], of configuration: NodeConfiguration, policy: Policy, refusals: RefusalLog,
    logger: Logger
  ) async throws -> Identities {
    let proofs = ProofFolder(configuration.state.appendingPathComponent("proofs"))
    let asked = AuthorityProofs(policy, configuration, logger: logger)
    let trust = try PeerTrust(policy: policy, proofs: [proofs] + (asked.map { [$0] } ?? []))
    let fetched = configuration.authority.map { _ in configuration.state.appendingPathComponent("authority-crl.pem") }
    let lists = RevocationFiles(
      configuration.crl, fetched: fetched, into: trust.revocations, refusals: refusals, logger: logger)
    var identities: [MeshIdentity] = []
    var upkeep: [any IdentityUpkeep] = configuration.crl.isEmpty && fetched == nil ? [] : [lists]
    for (role, folder) in folders {
      let identity = try await MeshIdentity.load(from: folder, trust: trust)
      try identity.require(role: role, name: configuration.name, in: folder)
      identities.append(identity)
      upkeep.append(IdentityFolder(folder, of: identity, trust: trust, refusals: refusals, logger: logger))
    }
    if let address = configuration.authority, let fetched {
      let client = AuthorityClient(address: address)
      if let identity = identities.first { await asked?.ask(client, as: identity, trust: trust) }
      let authority = AuthorityUpkeep(
        client, identities: Array(zip(identities, folders.map(\.folder))), trust: trust, lists: fetched,
        refresh: policy.identity.refresh, logger: logger)
      await authority.fetch()
      upkeep.append(authority)
    }
    try await lists.load()
    await lists.prove(by: identities)
    return Identities(all: identities, upkeep: upkeep, revocations: trust.revocations)
  }
}

extension AuthorityProofs {
  /// The proofs that a node gets from its authority; nil where its policy demands none, or it has no authority on the network.
  fileprivate init?(_ policy: Policy, _ configuration: NodeConfiguration, logger: Logger) {
    guard let key = policy.identity.log, configuration.authority != nil else { return nil }
    self.init(
      key: key, keptIn: configuration.state.appendingPathComponent("authority-proofs", isDirectory: true),
      logger: logger)
  }
}
