import Foundation
package import Logging
import TacetEnrolment
import TacetIdentity
import TacetPolicy
import TacetTransport
import TacetWire

/// An administrator's calls to running devices, over the same link and under the same policy as all others.
package struct DeviceAdministration: Sendable {
  let inventory: Inventory
  private let policy: Policy
  private let identity: MeshIdentity
  private let logger: Logger

  package init(inventory: Inventory, logger: Logger) async throws {
    self.inventory = inventory
    self.logger = logger
    let policy = try Policy.load(from: inventory.policy)
    self.policy = policy
    let asked = inventory.authority.flatMap { _ in
      policy.identity.log.map { AuthorityProofs(key: $0, keptIn: nil, logger: logger) }
    }
    var sources: [any ProofSource] = inventory.proofs.map { [ProofFolder($0)] } ?? []
    if let asked { sources.append(asked) }
    let trust = try PeerTrust(policy: policy, proofs: sources)
    let lists = try inventory.crl.flatMap { try RevocationList.lists(contentsOf: $0) }
    trust.revocations.replace(with: lists)
    identity = try await MeshIdentity.load(from: inventory.identity, trust: trust)
    if let authority = inventory.authority.map(AuthorityClient.init) {
      await asked?.ask(authority, as: identity, trust: trust)
      trust.revocations.replace(with: lists + (await fetched(from: authority, trust)))
    }
  }

  /// The authority's revocation lists; none where it cannot be reached: what then holds is for the policy to say.
  private func fetched(from authority: AuthorityClient, _ trust: PeerTrust) async -> [RevocationList] {
    do {
      let asker = try trust.fetchingLists.identity(identity.svid)
      guard let (pem, _) = try await authority.revocationLists(as: asker, known: nil) else { return [] }
      return try RevocationList.lists(in: pem)
    } catch {
      logger.warning("revocation lists not fetched", metadata: ["detail": "\(error)"])
      return []
    }
  }

  /// Sends a device to its student.
  package func fallBack(_ device: String, reason: String) async throws -> DeviceStatus {
    try await ask(device, Message(kind: .fallback, detail: reason))
  }

  /// Lets a device take part again.
  package func restore(_ device: String) async throws -> DeviceStatus {
    try await ask(device, Message(kind: .restore))
  }

  /// The status of every device of the inventory, in order of name.
  package func list() async -> [DeviceStatus] {
    await withTaskGroup(of: DeviceStatus.self) { group in
      for device in inventory.devices.keys {
        group.addTask {
          do {
            return try await ask(device, Message(kind: .status))
          } catch {
            return DeviceStatus(device: device, mode: .unreachable, reason: "\(error)")
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.device < $1.device }
    }
  }

  private func ask(_ device: String, _ message: Message) async throws -> DeviceStatus {
    let answer = try await link(to: device).ask(message)
    guard let status = DeviceStatus.parse(answer.detail) else {
      throw MeshError.unavailable("\(device) answered with something that is not a status")
    }
    return status
  }

  /// The link to a device, or a gateway, of the inventory.
  func link(to device: String) throws -> AdministrationLink {
    guard let address = inventory.devices[device] ?? inventory.gateways[device] else {
      let known = inventory.devices.keys.sorted().joined(separator: ", ")
      throw MeshError.missingInput("no device \(device) in the inventory (known: \(known))")
    }
    let id = try SPIFFEID(trustDomain: identity.svid.id.trustDomain, path: device)
    let client = try LinkClient(
      identity: identity, codec: MessageCodec(bytes: policy.message.bytes), address: address, expecting: id,
      logger: logger)
    return AdministrationLink(device: device, role: identity.svid.id.role, client: client)
  }
}
