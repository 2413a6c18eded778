public import Foundation

/// The chains of `Fixtures/identity` (made by Scripts/make_identity_fixtures.py), and what each must come to.
public struct IdentityFixtures: Decodable, Sendable {
  /// One chain.
  public struct Case: Decodable, Sendable, CustomStringConvertible {
    /// Its name, which is that of its file.
    public let name: String
    /// The rule that it breaks; nil for a good one, `bad_input` where a revocation list cannot be used at all.
    public let rule: String?
    /// The file of its roots.
    public let roots: String
    /// The file of its revocation lists, where they are asked for.
    public let crl: String?
    /// Whether it can be presented in a handshake with the key of the leaves.
    public let handshake: Bool

    /// Its name.
    public var description: String { name }

    /// Leaf first.
    public var chainFile: URL { IdentityFixtures.folder.appendingPathComponent("\(name).pem") }
    /// What it is verified against.
    public var rootsFile: URL { IdentityFixtures.folder.appendingPathComponent(roots) }
    /// Its revocation lists.
    public var listFile: URL? { crl.map { IdentityFixtures.folder.appendingPathComponent($0) } }
  }

  /// The time to judge by, RFC 3339.
  public let at: String
  /// The trust domain of all of them.
  public let trustDomain: String
  /// Whom the good ones are of.
  public let spiffeId: String
  /// The chains.
  public let cases: [Case]

  /// Where they are.
  public static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/identity").standardizedFileURL

  /// The word that the leaves' private key is the SHA-256 of.
  public static let leafKeyWord = "tacet fixture leaf"

  /// Reads `expectations.json`.
  public static func load() throws -> IdentityFixtures {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      IdentityFixtures.self, from: Data(contentsOf: folder.appendingPathComponent("expectations.json")))
  }

  /// ``at``.
  public func date() throws -> Date { try Date(at, strategy: .iso8601) }
}
