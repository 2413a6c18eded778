import Crypto
import TacetLog

/// SHA-256 of a certificate.
enum Fingerprint {
  /// In lower-case hexadecimal.
  static func of(_ der: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: der)) }
}
