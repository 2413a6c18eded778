import Foundation
import PostgresServer
import Synchronization

/// Stands between a client and a server's socket, and cuts the connection when the server has answered a COMMIT and before
/// the client has heard of it.
final class CuttingProxy: Sendable {
  /// The folder of the socket to connect to.
  let folder: URL
  private let listener: Int32
  private let isArmed = Mutex(false)

  init(to server: String) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tpx-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    listener = socket(AF_UNIX, Self.stream, 0)
    let bound = Self.withAddress(folder.path + "/" + PostgresCluster.socketName) { [listener] in bind(listener, $0, $1)
    }
    guard bound == 0, listen(listener, 8) == 0 else {
      throw PostgresCluster.Failure(description: "the proxy cannot listen in \(folder.path)")
    }
    Thread.detachNewThread { [weak self, listener] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        let upstream = socket(AF_UNIX, Self.stream, 0)
        guard Self.withAddress(server, { connect(upstream, $0, $1) }) == 0 else { break }
        Thread.detachNewThread { [weak self] in
          while Self.relayOnce(client, upstream, isArmed: { self?.takeArmed() ?? false }) {}
          close(client)
          close(upstream)
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    try? FileManager.default.removeItem(at: folder)
  }

  /// Cuts at the next COMMIT, once.
  func cutAfterCommit() { isArmed.withLock { $0 = true } }

  private func takeArmed() -> Bool {
    isArmed.withLock { armed in
      defer { armed = false }
      return armed
    }
  }

  private static func relayOnce(_ client: Int32, _ server: Int32, isArmed: () -> Bool) -> Bool {
    var both = [
      pollfd(fd: client, events: Int16(POLLIN), revents: 0), pollfd(fd: server, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&both, 2, -1) > 0 else { return false }
    if both[0].revents != 0 {
      guard let sent = move(client, server) else { return false }
      // The statement alone: a beginning may say "read committed".
      if sent.contains("COMMIT\u{0}"), isArmed() {
        // The answer comes when the commit is on disk, and goes nowhere.
        var waiting = pollfd(fd: server, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, 10_000)
        return false
      }
    }
    return both[1].revents == 0 || move(server, client) != nil
  }

  private static func move(_ source: Int32, _ target: Int32) -> String? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(source, &buffer, buffer.count)
    guard count > 0 else { return nil }
    var sent = 0
    while sent < count {
      let written = buffer.withUnsafeBytes { write(target, $0.baseAddress.map { $0 + sent }, count - sent) }
      guard written > 0 else { return nil }
      sent += written
    }
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }

  private static var stream: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
  }
}
