import Crypto
import Foundation
import Synchronization
import TacetTransport
import Testing
import X509

@testable import TacetEnrolment
@testable import TacetIdentity

/// A host with identities of a throwaway authority, and the Workload API that serves them on a socket of its own.
final class TestHost: Sendable {
  let trustDomain: TrustDomain
  let authority: CertificateAuthority
  let camera: MeshIdentity
  let controller: MeshIdentity
  let identities: HostIdentities
  let folder: URL
  let tokenKey: TokenKey
  /// How often the authority was asked for a token.
  let tokensAsked = TestCount()

  /// The user that the tests run as, and one that they are not.
  static let ownUID = geteuid()
  static let otherUID: UInt32 = 61001

  var socket: String { folder.appending(path: "api.sock").path }

  init(lifetime: Duration = .seconds(3600), tokenLifetime: TimeInterval = 300) throws {
    let trustDomain = try TrustDomain("mesh.example")
    let authority = try CertificateAuthority.ephemeral(trustDomain: trustDomain)
    let key = TokenKey(key: P256.Signing.PrivateKey(), since: Date())
    let identity = { (path: String) in
      let svid = try Self.svid(path, of: authority, lifetime: lifetime)
      return MeshIdentity(svid: svid, verifier: try ChainVerifier(roots: svid.roots, trustDomain: trustDomain))
    }
    self.trustDomain = trustDomain
    self.authority = authority
    tokenKey = key
    camera = try identity("camera/site-1")
    controller = try identity("controller/site-1")
    folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    identities = HostIdentities([camera, controller], trustDomain: trustDomain) { [tokensAsked] audience, identity in
      tokensAsked.add()
      let end = Date(timeIntervalSinceNow: tokenLifetime)
      let token = try JWTSVID.sign(for: identity.svid.id, audience: audience, by: key, at: Date(), until: end)
      return WorkloadToken(text: token, expiresAt: end)
    }
    identities.replace(bundle: bundle())
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  static func svid(_ path: String, of authority: CertificateAuthority, lifetime: Duration) throws -> SVID {
    try authority.issue(
      SPIFFEID(trustDomain: authority.trustDomain, path: path), lifetime: lifetime, dnsNames: [], ipAddresses: [],
      at: Date()
    ).svid
  }

  func id(_ path: String) throws -> SPIFFEID { try SPIFFEID(trustDomain: trustDomain, path: path) }

  func bundle(roots: [[UInt8]]? = nil, sequence: UInt64? = 1) -> TrustBundle {
    TrustBundle(
      trustDomain: trustDomain, roots: roots ?? camera.svid.roots, jwtKeys: [tokenKey.published], sequence: sequence,
      refreshHint: nil)
  }

  /// Another certificate for the camera.
  func renew(lifetime: Duration = .seconds(3600)) throws {
    camera.replace(
      svid: try Self.svid("camera/site-1", of: authority, lifetime: lifetime), verifier: camera.verifier)
  }

  /// A revocation list of the authority.
  func list(revoking svid: SVID? = nil) throws -> RevocationList {
    let entries = try svid.map { svid in
      let leaf = try Certificate(derEncoded: svid.chain[0])
      let serial = try #require(SerialNumber(octets: leaf.serialNumber.bytes))
      return [RevocationList.Entry(serial: serial, revokedAt: Date(timeIntervalSinceNow: -60))]
    }
    return try RevocationList.issue(
      entries ?? [], number: SerialNumber(1), by: authority.issuer.certificate, key: authority.issuer.key,
      thisUpdate: Date(timeIntervalSinceNow: -60), nextUpdate: Date(timeIntervalSinceNow: 3600))
  }

  func grants(_ uid: UInt32 = ownUID, _ paths: [String] = ["camera/site-1"]) throws -> WorkloadGrants {
    WorkloadGrants([
      uid: try paths.map { WorkloadGrants.Grant(id: try id($0), hint: $0 == "controller/site-1" ? "orders" : "") }
    ])
  }

  func api(_ grants: WorkloadGrants, limits: WorkloadLimits = WorkloadLimits(), mode: UInt32 = 0o666) throws
    -> WorkloadAPI
  {
    try WorkloadAPI(path: socket, mode: mode, grants: grants, identities: identities, limits: limits)
  }

  /// Serves while `body` runs.
  func serving<Result>(
    _ grants: WorkloadGrants, limits: WorkloadLimits = WorkloadLimits(), _ body: (WorkloadAPI) async throws -> Result
  ) async throws -> Result {
    let api = try api(grants, limits: limits)
    let task = Task { try await api.run() }
    do {
      let result = try await body(api)
      task.cancel()
      try await task.value
      return result
    } catch {
      task.cancel()
      throw error
    }
  }
}

/// A number that several count at.
final class TestCount: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }
  func add() { count.withLock { $0 += 1 } }
}
