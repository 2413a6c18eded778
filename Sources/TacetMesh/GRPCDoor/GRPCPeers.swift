internal import NIOCore
internal import Synchronization
internal import TacetTransport

/// Who is at the other end of each open connection of the gRPC door.
///
/// Every connection has a number that is never used again, so a call that outlives its connection finds nobody rather
/// than whoever came after.
final class GRPCPeers: Sendable {
  private struct State {
    var last: UInt64 = 0
    var numbers: [ObjectIdentifier: UInt64] = [:]
    var connections: [UInt64: (channel: any Channel, outcome: HandshakeOutcome)] = [:]
  }

  private let state = Mutex(State())

  /// Enters a connection until it closes.
  func add(_ channel: any Channel, _ outcome: HandshakeOutcome) {
    let key = ObjectIdentifier(channel)
    let number = state.withLock {
      $0.last += 1
      $0.numbers[key] = $0.last
      $0.connections[$0.last] = (channel, outcome)
      return $0.last
    }
    channel.closeFuture.whenComplete { [self] _ in
      state.withLock {
        if $0.numbers[key] == number { $0.numbers[key] = nil }
        $0.connections[number] = nil
      }
    }
  }

  /// The number of an open connection.
  func number(of channel: any Channel) -> UInt64? {
    state.withLock { $0.numbers[ObjectIdentifier(channel)] }
  }

  /// An open connection, and what was found out about its peer.
  func connection(_ number: UInt64) -> (channel: any Channel, outcome: HandshakeOutcome)? {
    state.withLock { $0.connections[number] }
  }
}
