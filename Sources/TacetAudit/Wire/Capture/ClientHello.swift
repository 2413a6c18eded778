/// What is read of a connection's beginning: the protocols that the client offers (RFC 8446, section 4.1.2; RFC 7301).
struct ClientHello: Hashable, Sendable {
  let applicationProtocols: [String]

  /// - Parameter bytes: of the connection, from the client, from its first byte on; what is beyond the message is ignored.
  init?(_ bytes: some Sequence<UInt8>) {
    var cursor = ByteCursor(bytes)
    guard cursor.byte() == 22, cursor.byte() == 3, cursor.skip(1), cursor.skip(2), cursor.byte() == 1, cursor.skip(3),
      cursor.skip(34), let session = cursor.byte(), cursor.skip(Int(session)), let suites = cursor.short(),
      cursor.skip(Int(suites)), let compressions = cursor.byte(), cursor.skip(Int(compressions)), cursor.skip(2)
    else { return nil }
    while let type = cursor.short(), let length = cursor.short(), let content = cursor.take(Int(length)) {
      if type == 16 {
        applicationProtocols = Self.names(content)
        return
      }
    }
    applicationProtocols = []
  }

  private static func names(_ content: ArraySlice<UInt8>) -> [String] {
    var cursor = ByteCursor(content)
    guard cursor.skip(2) else { return [] }
    var names: [String] = []
    while let length = cursor.byte(), let name = cursor.take(Int(length)) {
      names.append(String(decoding: name, as: UTF8.self))
    }
    return names
  }
}
