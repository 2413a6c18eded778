internal import Foundation

/// The part of an address that nobody can choose at will: of IPv6 the first 64 bits, since a host has all addresses behind them.
enum NetworkPrefix {
  /// Of an address as text; what is none, and IPv4, is its own prefix.
  static func of(_ address: String) -> String {
    var octets = [UInt8](repeating: 0, count: 16)
    guard inet_pton(AF_INET6, address, &octets) == 1 else { return address }
    // IPv4 over a socket for both (RFC 4291 §2.5.5.2).
    if octets.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) {
      return octets.suffix(4).map(String.init).joined(separator: ".")
    }
    return octets.prefix(8).map { String(format: "%02x", $0) }.joined() + "/64"
  }
}
