import Crypto
public import Foundation
public import TacetDocument
public import TacetIdentity

/// The policy in force on a node: every value typed, checked and in range.
///
/// There is no key that switches a protection off: no plaintext, no unauthenticated call, no release without noise and
/// charge, no message of another size.
public struct Policy: Sendable {
  /// The SPIFFE trust domain of all peers.
  public let trustDomain: String
  /// What each role may ask of a node.
  public let roles: [String: Set<Operation>]
  /// What single peers may ask of a node, by `role/name`: exactly this, whatever their role may.
  public let ids: [String: Set<Operation>]
  /// What is asked of peers' certificates beside the rules that always hold.
  public let identity: Identity
  /// What a release costs and how much a device may spend.
  public let privacy: Privacy
  /// The size of every message.
  public let message: MessageSize
  /// The beat of the mesh.
  public let timing: Timing
  /// What keeps a device's traffic the same whatever it has to say.
  public let cover: Cover
  /// How answers of several gateways become one.
  public let aggregation: Aggregation
  /// Whom a node believes, and how much.
  public let trust: Trust
  /// How devices refresh their student together; nil where they do not.
  public let refresh: Refresh?
  /// Which user of a host may have which of the host's identities, by the SPIFFE Workload API; nobody where the file says nothing.
  public let workloads: WorkloadGrants
  /// SHA-256 of the file's bytes, in lower-case hexadecimal.
  public let digest: String

  /// What `role` may ask for; a role that the policy does not name may ask nothing.
  public func operations(of role: String) -> Set<Operation> {
    roles[role] ?? []
  }

  /// What a peer may ask for: what the policy says of its ID, or else of its role.
  public func operations(of peer: SPIFFEID) -> Set<Operation> {
    ids[peer.path] ?? operations(of: peer.role)
  }

  /// Reads and checks a policy file.
  /// - Throws: `DocumentError` with file, line and what is allowed.
  public static func load(from file: URL) throws(DocumentError) -> Policy {
    let bytes = try Document.read(file)
    let root = try Document.parse(bytes, file: file.path)
    let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    _ = try root.integer("version", in: 1...1)
    let trustDomain = try Self.trustDomain(root)
    let aggregation = try Aggregation(root.mapping("aggregation"))
    let policy = Policy(
      trustDomain: trustDomain,
      roles: try Self.operations(root.mapping("roles"), path: "roles"),
      ids: try Self.ids(root, in: trustDomain),
      identity: try Identity(root.optionalMapping("identity")),
      privacy: try Privacy(root.mapping("privacy")),
      message: try MessageSize(root.mapping("message")),
      timing: try Timing(root.mapping("timing")),
      cover: try Cover(root.optionalMapping("cover")),
      aggregation: aggregation,
      trust: try Trust(root.mapping("trust"), trim: aggregation.trim),
      refresh: try root.optionalMapping("refresh").map(Refresh.init),
      workloads: try Self.workloads(root, trustDomain: trustDomain),
      digest: digest)
    try root.finish()
    return policy
  }

  private static func ids(
    _ root: DocumentMapping, in trustDomain: String
  ) throws(DocumentError) -> [String: Set<Operation>] {
    guard let document = try root.optionalMapping("ids") else { return [:] }
    for path in document.keys {
      do {
        _ = try SPIFFEID(trustDomain: try TrustDomain(trustDomain), path: path)
      } catch {
        throw document.error(path, "ids.\(path): \(error)")
      }
    }
    return try operations(document, path: "ids")
  }

  /// A list of operations for each key.
  private static func operations(
    _ document: DocumentMapping, path: String
  ) throws(DocumentError) -> [String: Set<Operation>] {
    var all: [String: Set<Operation>] = [:]
    for key in document.keys {
      var operations: Set<Operation> = []
      for word in try document.strings(key) {
        guard let operation = Operation(rawValue: word) else {
          let allowed = Operation.allCases.map(\.rawValue).joined(separator: ", ")
          throw document.error(key, "\(path).\(key) names \(word), allowed: \(allowed)")
        }
        operations.insert(operation)
      }
      all[key] = operations
    }
    return all
  }
}

extension Policy {
  /// What a peer can ask of a node.
  public enum Operation: String, Sendable, Hashable, CaseIterable, Codable {
    /// To take in a noised release.
    case release
    /// To answer with an encoding of the other sites.
    case query
    /// To say what it is doing.
    case status
    /// To answer from its student alone.
    case fallback
    /// To take part again.
    case restore
    /// To show a ledger's checkpoint: a device its own, a gateway those that it keeps.
    case audit
    /// To take in a device's part in a refresh of the student, and to give out the student that came of it.
    case refresh
  }
}
