package import NIOCore
internal import Synchronization

/// Who is at the other end of each open connection of a gRPC server, whatever it knows its peers by.
///
/// Every connection has a number that is never used again, so a call that outlives its connection finds nobody rather
/// than whoever came after.
package final class GRPCPeers<Peer: Sendable>: Sendable {
  /// The name of the header in which a call has the number of its connection, written by ``GRPCPeerStamp``.
  package static var header: String { "tacet-connection" }

  private struct State {
    var last: UInt64 = 0
    var numbers: [ObjectIdentifier: UInt64] = [:]
    var connections: [UInt64: (channel: any Channel, peer: Peer)] = [:]
    var calls: [UInt64: Int] = [:]
  }

  private let state = Mutex(State())

  /// No connections.
  package init() {}

  /// Enters a connection until it closes.
  package func add(_ channel: any Channel, _ peer: Peer) {
    let key = ObjectIdentifier(channel)
    let number = state.withLock {
      $0.last += 1
      $0.numbers[key] = $0.last
      $0.connections[$0.last] = (channel, peer)
      return $0.last
    }
    channel.closeFuture.whenComplete { [self] _ in
      state.withLock {
        if $0.numbers[key] == number { $0.numbers[key] = nil }
        $0.connections[number] = nil
        $0.calls[number] = nil
      }
    }
  }

  /// The number of an open connection.
  package func number(of channel: any Channel) -> UInt64? {
    state.withLock { $0.numbers[ObjectIdentifier(channel)] }
  }

  /// Who is at the other end of an open connection.
  package func peer(ofConnection number: UInt64) -> Peer? {
    state.withLock { $0.connections[number]?.peer }
  }

  /// An open connection, and who is at its other end.
  package func connection(_ number: UInt64) -> (channel: any Channel, peer: Peer)? {
    state.withLock { $0.connections[number] }
  }

  /// Counts a call of an open connection.
  /// - Returns: its index, from 0.
  package func countCall(ofConnection number: UInt64) -> Int {
    state.withLock { state in
      defer { state.calls[number, default: 0] += 1 }
      return state.calls[number] ?? 0
    }
  }

  /// The number of the connection that a call came by.
  /// - Parameter stamps: the values of ``header`` among what the call was sent with.
  package func connection(stamps: some Sequence<String>) -> UInt64? {
    let stamps = Array(stamps)
    return stamps.count == 1 ? stamps.first.flatMap { UInt64($0) } : nil
  }
}
