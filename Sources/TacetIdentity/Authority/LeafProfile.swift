public import Foundation
public import TacetDocument

/// What an authority grants to workloads: how long, for which roles, keys and names. What a request asks for beyond it is refused.
public struct LeafProfile: Hashable, Sendable {
  /// A kind of key.
  public enum KeyKind: String, Hashable, Sendable, CaseIterable {
    /// ECDSA on P-256.
    case p256
    /// ECDSA on P-384.
    case p384
    /// Ed25519. Some gRPC clients refuse servers that have it.
    case ed25519
    /// RSA of 2048 to 8192 bits; for requests only, the authority makes none.
    case rsa
  }

  /// Its name.
  public let name: String
  /// How long a certificate may live.
  public let lifetimes: ClosedRange<Duration>
  /// How long it lives where nothing is said.
  public let lifetime: Duration
  /// The kinds of keys, the one that is made where none is brought first.
  public let keys: [KeyKind]
  /// Whether the extended key usage is stated; it is then of clients and servers both, as an SVID's must be.
  public let statesExtendedKeyUsage: Bool
  /// The roles, nil for any.
  public let roles: Set<String>?
  /// Whether DNS names may be added.
  public let grantsDNSNames: Bool
  /// Whether IP addresses may be added.
  public let grantsIPAddresses: Bool

  /// The profile of every authority that has no other.
  public static let standard = LeafProfile(
    name: "default", lifetimes: CertificateAuthority.lifetimes, lifetime: .seconds(86400),
    keys: [.p256, .p384, .ed25519],
    statesExtendedKeyUsage: true, roles: nil, grantsDNSNames: true, grantsIPAddresses: true)
}

extension LeafProfile {
  /// Reads a profile (YAML); its name is that of the file.
  /// - Throws: ``DocumentError`` with the line.
  public static func load(from file: URL) throws(DocumentError) -> LeafProfile {
    let document = try Document.load(from: file)
    _ = try document.integer("profile", in: 1...1)
    let ttl = try document.mapping("ttl")
    let bounds = CertificateAuthority.lifetimes
    let shortest = try ttl.duration("min", in: bounds)
    let longest = try ttl.duration("max", in: shortest...bounds.upperBound)
    let lifetime = try ttl.duration("default", in: shortest...longest)
    let names = try document.mapping("names")
    let profile = LeafProfile(
      name: file.deletingPathExtension().lastPathComponent, lifetimes: shortest...longest, lifetime: lifetime,
      keys: try keys(document), statesExtendedKeyUsage: try usages(document),
      roles: document.has("roles") ? try roles(document) : nil, grantsDNSNames: try isGranted("dns", in: names),
      grantsIPAddresses: try isGranted("ip", in: names))
    try document.finish()
    return profile
  }

  private static func keys(_ document: DocumentMapping) throws(DocumentError) -> [KeyKind] {
    let words = try document.strings("keys")
    let kinds = words.compactMap(KeyKind.init(rawValue:))
    guard kinds.count == words.count, Set(kinds).count == kinds.count, let first = kinds.first, first != .rsa else {
      throw document.error("keys", "keys must be a list of p256, p384, ed25519 and rsa, each once; rsa not first")
    }
    return kinds
  }

  private static func usages(_ document: DocumentMapping) throws(DocumentError) -> Bool {
    let words = try document.strings("extended_key_usage")
    guard words.isEmpty || Set(words) == ["client_auth", "server_auth"] && words.count == 2 else {
      throw document.error(
        "extended_key_usage", "extended_key_usage must be [client_auth, server_auth], as an SVID's is, or [] for none")
    }
    return !words.isEmpty
  }

  private static func roles(_ document: DocumentMapping) throws(DocumentError) -> Set<String> {
    let words = try document.strings("roles")
    guard !words.isEmpty, words.allSatisfy(SPIFFEID.isSegment) else {
      throw document.error("roles", "roles must be a list of roles; leave it out to allow any")
    }
    guard !words.contains(SPIFFEID.authorityRole) else {
      throw document.error("roles", "the role \(SPIFFEID.authorityRole) is the authority's own, and granted to nobody")
    }
    return Set(words)
  }

  private static func isGranted(_ key: String, in names: DocumentMapping) throws(DocumentError) -> Bool {
    try names.choice(key, of: ["true", "false"]) == "true"
  }
}
