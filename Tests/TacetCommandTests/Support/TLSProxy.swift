import Foundation
import Synchronization

/// Stands between TLS clients and a server, keeps what passes, and may change what a client says first.
final class TLSProxy: Sendable {
  /// Where it listens, on 127.0.0.1.
  let port: Int
  private let listener: Int32
  private let seen = Mutex<[Conversation]>([])

  /// The bytes of one connection.
  struct Conversation: Sendable {
    var fromClient: [UInt8] = []
    var fromServer: [UInt8] = []
  }

  /// - Parameters:
  ///   - server: its port.
  ///   - rewriting: changes the first record of each client.
  init(to server: Int, rewriting: (@Sendable ([UInt8]) -> [UInt8])? = nil) throws {
    listener = socket(AF_INET, Self.stream, 0)
    guard Self.withAddress(0, { [listener] in bind(listener, $0, $1) }) == 0, listen(listener, 16) == 0 else {
      throw POSIXError(.EADDRNOTAVAIL)
    }
    port = Self.port(of: listener)
    Thread.detachNewThread { [weak self, listener] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        let upstream = socket(AF_INET, Self.stream, 0)
        guard Self.withAddress(server, { connect(upstream, $0, $1) }) == 0 else {
          close(client)
          close(upstream)
          continue
        }
        let number = self?.begin() ?? 0
        Thread.detachNewThread { [weak self] in
          Self.relay(client, upstream, rewriting: rewriting) { self?.note($0, $1, of: number) }
          close(client)
          close(upstream)
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// What has passed so far.
  var conversations: [Conversation] { seen.withLock { $0 } }

  private func begin() -> Int {
    seen.withLock {
      $0.append(Conversation())
      return $0.count - 1
    }
  }

  private func note(_ bytes: [UInt8], _ isOfClient: Bool, of number: Int) {
    seen.withLock {
      if isOfClient { $0[number].fromClient += bytes } else { $0[number].fromServer += bytes }
    }
  }

  private static func relay(
    _ client: Int32, _ server: Int32, rewriting: (([UInt8]) -> [UInt8])?, note: ([UInt8], Bool) -> Void
  ) {
    if let rewriting {
      var first: [UInt8] = []
      while first.count < 5 || first.count < 5 + Int(first[3]) << 8 + Int(first[4]) {
        guard let more = receive(client) else { return }
        first += more
      }
      note(first, true)
      guard send(rewriting(first), to: server) else { return }
    }
    while true {
      var both = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0), pollfd(fd: server, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&both, 2, -1) > 0 else { return }
      for (end, isOfClient) in [(both[0], true), (both[1], false)] where end.revents != 0 {
        guard let bytes = receive(end.fd) else { return }
        note(bytes, isOfClient)
        guard send(bytes, to: isOfClient ? server : client) else { return }
      }
    }
  }

  private static func receive(_ source: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(source, &buffer, buffer.count)
    return count > 0 ? Array(buffer.prefix(count)) : nil
  }

  private static func send(_ bytes: [UInt8], to target: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.send(target, $0.baseAddress, $0.count, noSignal) }
      guard written > 0 else { return false }
      rest = rest.dropFirst(written)
    }
    return true
  }

  private static func port(of socket: Int32) -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  #if canImport(Glibc)
    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let noSignal = Int32(MSG_NOSIGNAL)
  #else
    private static let stream = SOCK_STREAM
    private static let noSignal: Int32 = 0
  #endif
}
