/// A SPIFFE trust domain: lower-case letters, digits, dots, hyphens and underscores, at most 255 bytes (SPIFFE-ID §2.1).
public struct TrustDomain: Hashable, Sendable, CustomStringConvertible {
  /// The name, as in `city.example`.
  public let description: String

  /// - Throws: ``SPIFFEIDError``.
  public init(_ name: String) throws(SPIFFEIDError) {
    let isValid = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
    guard isValid, (1...255).contains(name.utf8.count) else {
      throw SPIFFEIDError(
        "\(name.debugDescription) is no trust domain, allowed: 1 to 255 of a-z, 0-9, dot, hyphen, underscore")
    }
    description = name
  }
}
