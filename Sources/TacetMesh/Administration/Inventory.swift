package import Foundation
package import TacetDocument

/// The administrator's list of devices: who they are, where they listen, and with which certificate to ask them.
///
/// ```yaml
/// policy: policy.yaml
/// identity: admin            # a folder written by `tacet ca issue`
/// devices:
///   camera/site-1: 127.0.0.1:4101
/// ```
package struct Inventory: Sendable {
  package let policy: URL
  package let identity: URL
  package let devices: [String: Endpoint]

  /// Reads an inventory; its paths are relative to its folder.
  /// - Throws: `DocumentError` with file and line.
  package static func load(from file: URL) throws(DocumentError) -> Inventory {
    let root = try Document.load(from: file)
    let folder = file.deletingLastPathComponent()
    let policy = URL(fileURLWithPath: try root.string("policy"), relativeTo: folder)
    let identity = URL(fileURLWithPath: try root.string("identity"), isDirectory: true, relativeTo: folder)
    let list = try root.mapping("devices")
    var devices: [String: Endpoint] = [:]
    for device in list.keys {
      devices[device] = try list.address(device)
    }
    try root.finish()
    return Inventory(policy: policy, identity: identity, devices: devices)
  }
}
