internal import Synchronization

/// Counts what an onlooker of the wire sees: bytes, and the sizes of TLS records once a connection is warm.
///
/// A link is warm after the first reply: handshake, session tickets and certificates are past. From then on every
/// application-data record must have one size in each direction.
package final class WireMeter: Sendable {
  private let state = Mutex(Snapshot())

  /// A meter at zero.
  package init() {}

  /// What was counted so far.
  package var snapshot: Snapshot { state.withLock { $0 } }

  func update(_ change: (inout sending Snapshot) -> Void) {
    state.withLock { change(&$0) }
  }
}

extension WireMeter {
  /// The counts at one moment.
  package struct Snapshot: Sendable, Hashable {
    /// Connections since the start.
    package var connections = 0
    /// From the peer.
    package var received = Direction()
    /// To the peer.
    package var sent = Direction()

    /// All zero.
    package init() {}
  }

  /// One direction of all connections.
  package struct Direction: Sendable, Hashable {
    /// Bytes of TCP payload, handshakes included.
    package var bytes = 0
    /// Messages.
    package var frames = 0
    /// How many application-data records of each size (bytes on the wire, header included) passed on warm connections.
    package var recordSizes: [Int: Int] = [:]
    /// Records of other types on warm connections: alerts at the end of a connection.
    package var otherRecords = 0

    /// All zero.
    package init() {}
  }
}
