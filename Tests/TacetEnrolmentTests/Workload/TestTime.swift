import Foundation
import Synchronization

/// A wall clock that a test sets.
final class TestTime: Sendable {
  private let state = Mutex(Date())

  var now: Date { state.withLock { $0 } }
  func pass(_ seconds: TimeInterval) { state.withLock { $0 += seconds } }
}
