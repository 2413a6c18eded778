import Foundation
import Synchronization

/// Connections that are opened and held, saying nothing or a part of what a TLS client says first. One that the server lets go is
/// opened again.
final class HalfOpenFlood: Sendable {
  private struct State {
    var open = 0
    var letGo = 0
    var isStopped = false
  }

  /// How many are held.
  let count: Int
  private let port: Int
  private let state = Mutex(State())

  /// Begins.
  /// - Parameter count: held to what this process may open, with room for others.
  init(_ port: Int, count: Int) {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    if getrlimit(resource, &limit) == 0 {
      limit.rlim_cur = limit.rlim_max
      _ = setrlimit(resource, &limit)
    }
    self.port = port
    self.count = min(count, max(1, Int(clamping: limit.rlim_max) / 2 - 256))
    Thread.detachNewThread { [self] in run() }
  }

  /// Whether all of them are open.
  var isFull: Bool { state.withLock { $0.open == count } }
  /// How many the server has let go.
  var letGo: Int { state.withLock { $0.letGo } }

  /// Ends them.
  func stop() { state.withLock { $0.isStopped = true } }

  private func run() {
    var held: [pollfd] = []
    while !state.withLock({ $0.isStopped }) {
      while held.count < count, let descriptor = connection(saying: held.count.isMultiple(of: 2)) {
        held.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
      state.withLock { $0.open = held.count }
      guard poll(&held, nfds_t(held.count), 50) > 0 else { continue }
      let gone = held.filter { $0.revents != 0 }
      for item in gone { close(item.fd) }
      held.removeAll { $0.revents != 0 }
      state.withLock { $0.letGo += gone.count }
    }
    for item in held { close(item.fd) }
  }

  private func connection(saying something: Bool) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else {
      close(descriptor)
      return nil
    }
    // The head of a record of 512 bytes, and a hundred of them.
    let hello: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC] + [UInt8](repeating: 0x03, count: 96)
    if something { _ = send(descriptor, hello, hello.count, Int32(MSG_NOSIGNAL)) }
    return descriptor
  }
}
