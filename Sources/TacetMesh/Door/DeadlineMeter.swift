internal import Synchronization

/// Counts whether answers were ready when they had to leave.
package final class DeadlineMeter: Sendable {
  /// The counts at one moment.
  package struct Snapshot: Sendable, Hashable {
    /// Replies whose answer was ready.
    package var kept = 0
    /// Replies that left without, or after their moment.
    package var missed = 0
  }

  private let state = Mutex(Snapshot())

  /// A meter at zero.
  package init() {}

  /// What was counted so far.
  package var snapshot: Snapshot { state.withLock { $0 } }

  func record(isMissed: Bool) {
    state.withLock {
      if isMissed { $0.missed += 1 } else { $0.kept += 1 }
    }
  }

  /// An answer that was ready met its moment too late all the same, on its way through others.
  func recordSlip() {
    state.withLock { $0.missed += 1 }
  }
}
