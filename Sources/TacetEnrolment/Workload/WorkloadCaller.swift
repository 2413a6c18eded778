internal import Foundation
internal import NIOCore
internal import NIOPosix

/// Who is at the other end of a connection, as the kernel noted it when that end connected.
struct WorkloadCaller: Sendable, Hashable {
  /// The number of the user.
  let uid: UInt32
}

extension WorkloadCaller {
  /// The caller of a connection just accepted, on its event loop; fails where the kernel does not say.
  static func of(_ channel: any Channel) -> EventLoopFuture<WorkloadCaller> {
    guard let socket = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeFailedFuture(Unknown())
    }
    #if os(Linux)
      let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
        level: .socket, name: .init(rawValue: SO_PEERCRED))
      return credentials.map { WorkloadCaller(uid: $0.uid) }
    #else
      let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
        level: .init(rawValue: SOL_LOCAL), name: .init(rawValue: LOCAL_PEERCRED))
      return credentials.flatMapThrowing {
        guard $0.version == XUCRED_VERSION else { throw Unknown() }
        return WorkloadCaller(uid: $0.uid)
      }
    #endif
  }

  /// The kernel did not say.
  struct Unknown: Error {}

  #if os(Linux)
    /// `struct ucred` (unix(7)).
    private struct Credentials: Sendable {
      var pid: Int32
      var uid: UInt32
      var gid: UInt32
    }
  #else
    /// `struct xucred`.
    private struct Credentials: Sendable {
      var version: UInt32
      var uid: UInt32
      var groupCount: Int16
      var groups:
        (
          UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32,
          UInt32,
          UInt32, UInt32
        )
    }
  #endif
}
