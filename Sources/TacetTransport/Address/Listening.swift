package import Foundation
package import NIOCore
package import NIOPosix

extension ServerBootstrap {
  /// What the listeners of both doors have in common.
  package static func mesh(group: any EventLoopGroup) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
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
