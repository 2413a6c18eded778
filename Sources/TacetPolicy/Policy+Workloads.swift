import TacetDocument
import TacetIdentity

extension Policy {
  /// The most users that a policy names.
  static let mostWorkloads = 1024

  /// Which identities the processes of a host may have, by user: the list `workloads`, each entry with `uid`, `ids` (the default
  /// one first) and, where they are wanted, `hints`.
  static func workloads(
    _ document: DocumentMapping, trustDomain: String
  ) throws(DocumentError) -> WorkloadGrants {
    let entries = try document.optionalMappings("workloads")
    guard entries.count <= mostWorkloads else {
      throw document.error("workloads", "workloads has \(entries.count) entries, allowed: \(mostWorkloads) at most")
    }
    var grants: [UInt32: [WorkloadGrants.Grant]] = [:]
    for entry in entries {
      let uid = try uid(entry)
      guard grants[uid] == nil else { throw entry.error("uid", "workloads names the user \(uid) twice") }
      grants[uid] = try Self.grants(entry, trustDomain: trustDomain)
    }
    return WorkloadGrants(grants)
  }

  private static func uid(_ entry: DocumentMapping) throws(DocumentError) -> UInt32 {
    let uid = UInt32(try entry.integer("uid", in: 0...Int(UInt32.max) - 1))
    guard uid != WorkloadGrants.overflowUID else {
      throw entry.error(
        "uid", "workloads names the user \(uid): the kernel shows every user without a number as this one")
    }
    return uid
  }

  private static func grants(
    _ entry: DocumentMapping, trustDomain: String
  ) throws(DocumentError) -> [WorkloadGrants.Grant] {
    let hints = try entry.optionalMapping("hints")
    var grants: [WorkloadGrants.Grant] = []
    for path in try entry.strings("ids") {
      let id: SPIFFEID
      do {
        id = try SPIFFEID(trustDomain: TrustDomain(trustDomain), path: path)
      } catch {
        throw entry.error("ids", "\(error)")
      }
      guard !grants.contains(where: { $0.id == id }) else {
        throw entry.error("ids", "workloads names \(path) twice for one user")
      }
      grants.append(WorkloadGrants.Grant(id: id, hint: try hint(of: path, hints, in: entry)))
    }
    guard !grants.isEmpty else { throw entry.error("ids", "workloads must name an ID for each user, as camera/site-1") }
    let said = grants.map(\.hint).filter { !$0.isEmpty }
    guard Set(said).count == said.count else { throw entry.error("hints", "two hints of one user are the same") }
    return grants
  }

  private static func hint(
    of path: String, _ hints: DocumentMapping?, in entry: DocumentMapping
  ) throws(DocumentError) -> String {
    guard let hints, hints.has(path) else { return "" }
    let hint = try hints.string(path)
    guard hint.utf8.count <= WorkloadGrants.mostHintBytes else {
      throw entry.error(
        "hints", "a hint has \(hint.utf8.count) bytes, allowed: \(WorkloadGrants.mostHintBytes) at most")
    }
    return hint
  }
}
