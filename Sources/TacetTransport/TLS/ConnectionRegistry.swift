package import NIOCore
internal import Synchronization

/// The open connections of a door, held to their number.
package final class ConnectionRegistry: Sendable {
  private let limit: Int
  private let open = Mutex<[ObjectIdentifier: Entry]>([:])

  /// An open connection.
  package struct Entry: Sendable {
    package let channel: any Channel
    package let outcome: HandshakeOutcome
  }

  package init(limit: Int) { self.limit = limit }

  /// Takes a place until the channel closes; false when there is none.
  package func enter(_ channel: any Channel, _ outcome: HandshakeOutcome) -> Bool {
    let key = ObjectIdentifier(channel)
    let entered = open.withLock {
      guard $0.count < limit else { return false }
      $0[key] = Entry(channel: channel, outcome: outcome)
      return true
    }
    guard entered else { return false }
    channel.closeFuture.whenComplete { [self] _ in
      open.withLock { _ = $0.removeValue(forKey: key) }
    }
    return true
  }

  /// The connections that are open now.
  package var entries: [Entry] { open.withLock { Array($0.values) } }
  /// The same without their peers.
  package var channels: [any Channel] { entries.map(\.channel) }

  /// Closes those that are still open a while from now, whatever they wait for.
  package func closeAll(after time: Duration, on loop: any EventLoop) {
    loop.scheduleTask(in: TimeAmount(time)) { [self] in
      for channel in channels { channel.close(promise: nil) }
    }
  }
}
