import Foundation
import Synchronization

/// A wall clock that a test can put forward.
final class TestClock: Sendable {
  private let offset = Mutex(TimeInterval(0))

  var now: Date { Date() + offset.withLock { $0 } }

  func advance(by duration: Duration) {
    offset.withLock { $0 += TimeInterval(duration.components.seconds) }
  }
}
