package import Foundation
import TacetIdentity
package import TacetTransport

extension MeshIdentity {
  /// The identity in a folder written by `tacet ca issue`: `cert.pem`, `key.pem`, `bundle.pem`.
  ///
  /// - Throws: `IdentityError` when a file is missing, cut off, or not what it should be; ``MeshError`` when the
  ///   certificate is of another trust domain than the policy's.
  package static func load(from folder: URL, trust: PeerTrust) async throws -> MeshIdentity {
    let svid = try await SVID.load(from: folder)
    guard svid.id.trustDomain == trust.trustDomain else {
      throw MeshError.badInput(
        "\(folder.path)/cert.pem is of trust domain \(svid.id.trustDomain), the policy's is \(trust.trustDomain)")
    }
    return try trust.identity(svid)
  }

  /// Checks that this identity has the role and name that the configuration says.
  func require(role: String, name: String, in folder: URL) throws(MeshError) {
    guard svid.id.role == role, svid.id.name == name else {
      throw .badInput("\(folder.path)/cert.pem is for \(svid.id.path), this node needs \(role)/\(name)")
    }
  }
}
