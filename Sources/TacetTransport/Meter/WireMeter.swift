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

  /// Counts a slot of a paced link that was kept, and its cells: those that say something and those that do not.
  package func countSlot(real: Int, cover: Int) {
    update {
      $0.slots.kept += 1
      $0.slots.real += real
      $0.slots.cover += cover
    }
  }

  /// Counts slots that were not kept.
  package func skipSlots(_ count: Int) { update { $0.slots.skipped += count } }

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
    /// Of paced links.
    package var slots = Slots()

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

  /// The slots of all paced links.
  package struct Slots: Sendable, Hashable {
    /// At which cells left.
    package var kept = 0
    /// At which none could: the process was too busy, there was no connection, or the peer did not take what was sent.
    package var skipped = 0
    /// Cells that said something.
    package var real = 0
    /// Cells that said nothing.
    package var cover = 0

    /// All zero.
    package init() {}
  }
}
