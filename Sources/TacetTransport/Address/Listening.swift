internal import Foundation
package import NIOCore
package import NIOPosix

extension ServerBootstrap {
  /// Connections that wait to be accepted; the system may hold it to fewer. One more than that has to come again, a second later.
  private static let backlog: Int32 = 4096

  /// What the listeners of both doors have in common.
  package static func mesh(group: any EventLoopGroup) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: backlog)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
  }
}

extension EventLoopFuture where Value: Sendable {
  /// Closes a connection just accepted when it cannot be set up: NIO's asynchronous listeners leave that to who sets it up, and
  /// the connection would stay open with nobody to read from it.
  package func closing(_ channel: any Channel) -> EventLoopFuture<Value> {
    flatMapErrorThrowing { error in
      channel.close(promise: nil)
      throw error
    }
  }
}

extension TransportError {
  /// What went wrong when a listener was opened.
  package init(listeningAt address: Endpoint, _ error: any Error) {
    if let error = error as? IOError, error.errnoCode == EADDRINUSE {
      self = .portInUse(address)
    } else if let error = error as? IOError {
      self = .cannotListen(address, reason: String(cString: strerror(error.errnoCode)))
    } else {
      self = .cannotListen(address, reason: "the address is not one of this machine")
    }
  }
}
