/// The name of a workload: `spiffe://TRUST-DOMAIN/ROLE/NAME` (SPIFFE-ID §2; two path segments by convention of this mesh).
public struct SPIFFEID: Hashable, Sendable, CustomStringConvertible {
  /// The trust domain.
  public let trustDomain: TrustDomain
  /// What the workload is: `camera`, `gateway`, …
  public let role: String
  /// Which one it is: `site-1`, …
  public let name: String

  /// `ROLE/NAME`.
  public var path: String { "\(role)/\(name)" }

  /// The URI.
  public var description: String { "spiffe://\(trustDomain)/\(path)" }

  /// - Throws: ``SPIFFEIDError`` when a segment has other characters than letters, digits, dot, hyphen and underscore, or is
  ///   `.` or `..`, or when the whole is longer than 2,048 bytes.
  public init(trustDomain: TrustDomain, role: String, name: String) throws(SPIFFEIDError) {
    for segment in [role, name] where !Self.isSegment(segment) {
      throw SPIFFEIDError(
        "\(segment.debugDescription) is no part of an ID, allowed: a-z, A-Z, 0-9, dot, hyphen, underscore")
    }
    self.trustDomain = trustDomain
    self.role = role
    self.name = name
    guard description.utf8.count <= 2048 else { throw SPIFFEIDError("an ID has at most 2048 bytes") }
  }

  /// - Parameter path: `ROLE/NAME`.
  /// - Throws: ``SPIFFEIDError``.
  public init(trustDomain: TrustDomain, path: String) throws(SPIFFEIDError) {
    let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard segments.count == 2 else { throw SPIFFEIDError("\(path.debugDescription) is not of the form ROLE/NAME") }
    try self.init(trustDomain: trustDomain, role: String(Substring(segments[0])), name: String(Substring(segments[1])))
  }

  /// - Parameter uri: as in a certificate; compared byte by byte, nothing is normalised.
  /// - Throws: ``SPIFFEIDError``.
  public init(uri: String) throws(SPIFFEIDError) {
    let scheme = "spiffe://"
    guard uri.utf8.starts(with: scheme.utf8), uri.utf8.count <= 2048 else {
      throw SPIFFEIDError("a SPIFFE ID begins with \(scheme) and has at most 2048 bytes")
    }
    let rest = uri.dropFirst(scheme.count)
    guard let slash = rest.firstIndex(of: "/") else { throw SPIFFEIDError("a SPIFFE ID of a workload has a path") }
    try self.init(
      trustDomain: TrustDomain(String(rest[..<slash])), path: String(rest[rest.index(after: slash)...]))
  }

  /// The role of the authority's own server, which nobody else can have.
  static let authorityRole = "authority"

  static func isSegment(_ segment: String) -> Bool {
    !segment.isEmpty && segment != "." && segment != ".."
      && segment.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
  }
}
