package import Foundation
import TacetIdentity
package import TacetPolicy
package import TacetTransport

extension MeshIdentity {
  /// The identity in a folder written by `tacet ca issue`: `cert.pem`, `key.pem`, `bundle.pem`.
  ///
  /// - Throws: `IdentityError` when a file is missing, cut off, or not what it should be; ``MeshError`` when the
  ///   certificate is of another trust domain than the policy's.
  package static func load(from folder: URL, policy: Policy) async throws -> MeshIdentity {
    let svid = try await SVID.load(
      certificate: folder.appendingPathComponent("cert.pem"),
      key: folder.appendingPathComponent("key.pem"),
      bundle: folder.appendingPathComponent("bundle.pem"))
    let trustDomain = try TrustDomain(policy.trustDomain)
    guard svid.id.trustDomain == trustDomain else {
      throw MeshError.badInput(
        "\(folder.path)/cert.pem is of trust domain \(svid.id.trustDomain), the policy's is \(trustDomain)")
    }
    return MeshIdentity(svid: svid, verifier: try ChainVerifier(roots: svid.roots, trustDomain: trustDomain))
  }

  /// Checks that this identity has the role and name that the configuration says.
  func require(role: String, name: String, in folder: URL) throws(MeshError) {
    guard svid.id.role == role, svid.id.name == name else {
      throw .badInput("\(folder.path)/cert.pem is for \(svid.id.path), this node needs \(role)/\(name)")
    }
  }
}
