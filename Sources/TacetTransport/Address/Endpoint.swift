package import NIOCore

/// Where a door listens or a link leads.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  /// A name or an IP address.
  package let host: String
  /// 0 lets the system choose when listening.
  package let port: Int

  /// - Parameters:
  ///   - host: a name or an IP address; IPv6 without brackets.
  ///   - port: 0 to 65,535.
  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// An address as people type it: `HOST:PORT`, IPv6 with or without brackets; nil for anything else.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
      let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else { return nil }
    self.init(host: host, port: port)
  }

  /// Where a socket is; nil for one that has no IP address.
  package init?(_ address: SocketAddress?) {
    guard let address, let host = address.ipAddress, let port = address.port else { return nil }
    self.init(host: host, port: port)
  }

  /// `host:port`.
  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
