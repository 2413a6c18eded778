package import Foundation
package import TacetDocument
import TacetTransport

/// The administrator's list of devices: who they are, where they listen, and with which certificate to ask them.
///
/// ```yaml
/// policy: policy.yaml
/// identity: admin            # a folder written by `tacet ca issue`
/// devices:
///   camera/site-1: 127.0.0.1:4101
/// gateways:                  # optional: whom to ask, in an audit, what they keep of the devices' ledgers
///   gateway/gateway-1: 127.0.0.1:4001
/// crl: revoked.pem           # optional: revocation lists, by which the devices' certificates are judged
/// authority: ca.example:8444 # optional: gives out revocation lists and proofs, beside those in files
/// proofs: proofs             # optional: that their certificates are in the authority's log, where the policy demands it
/// ```
package struct Inventory: Sendable {
  package let policy: URL
  package let identity: URL
  package let devices: [String: Endpoint]
  package let gateways: [String: Endpoint]
  package let crl: [URL]
  package let proofs: URL?
  package let authority: Endpoint?

  /// Reads an inventory; its paths are relative to its folder.
  /// - Throws: `DocumentError` with file and line.
  package static func load(from file: URL) throws(DocumentError) -> Inventory {
    let root = try Document.load(from: file)
    let folder = file.deletingLastPathComponent()
    let policy = URL(fileURLWithPath: try root.string("policy"), relativeTo: folder)
    let identity = URL(fileURLWithPath: try root.string("identity"), isDirectory: true, relativeTo: folder)
    let devices = try addresses(root.mapping("devices"))
    let gateways = try root.optionalMapping("gateways").map(addresses) ?? [:]
    let crl = try root.optionalStrings("crl").map { URL(fileURLWithPath: $0, relativeTo: folder) }
    let proofs = try root.optionalString("proofs").map {
      URL(fileURLWithPath: $0, isDirectory: true, relativeTo: folder)
    }
    let authority = root.has("authority") ? try root.address("authority") : nil
    try root.finish()
    return Inventory(
      policy: policy, identity: identity, devices: devices, gateways: gateways, crl: crl, proofs: proofs,
      authority: authority)
  }

  private static func addresses(_ list: DocumentMapping) throws(DocumentError) -> [String: Endpoint] {
    var addresses: [String: Endpoint] = [:]
    for name in list.keys { addresses[name] = try list.address(name) }
    return addresses
  }
}
