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

  /// `host:port`.
  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
