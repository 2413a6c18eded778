internal import Foundation
internal import Synchronization

/// The newest snapshot, for all calls that look at it or wait for the next.
final class WorkloadBoard: Sendable {
  /// open → closed, once.
  private struct State {
    var current: WorkloadSnapshot?
    var isClosed = false
    var watchers: [UInt64: AsyncStream<WorkloadSnapshot>.Continuation] = [:]
    var lastWatcher: UInt64 = 0
  }

  private let state = Mutex(State())

  /// The newest; nil before the first.
  var current: WorkloadSnapshot? { state.withLock { $0.current } }

  /// How many wait for the next.
  var watcherCount: Int { state.withLock { $0.watchers.count } }

  func publish(_ snapshot: WorkloadSnapshot) {
    let watchers = state.withLock { state in
      state.current = snapshot
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.yield(snapshot) }
  }

  /// Publishes the newest again, without what has expired, where something has.
  func expire(at date: Date) {
    let (left, watchers) = state.withLock {
      state -> (WorkloadSnapshot?, [AsyncStream<WorkloadSnapshot>.Continuation]) in
      guard let current = state.current, let first = current.firstExpiry, first <= date else { return (nil, []) }
      let left = current.holding(at: date)
      state.current = left
      return (left, Array(state.watchers.values))
    }
    guard let left else { return }
    for watcher in watchers { watcher.yield(left) }
  }

  /// Ends all who wait, and who come later.
  func close() {
    let watchers = state.withLock { state in
      state.isClosed = true
      let watchers = Array(state.watchers.values)
      state.watchers = [:]
      return watchers
    }
    for watcher in watchers { watcher.finish() }
  }

  /// The newest at once, and each later one; who is slow gets the newest alone.
  /// - Returns: the snapshots, and what ends them.
  func watch() -> (snapshots: AsyncStream<WorkloadSnapshot>, stop: @Sendable () -> Void) {
    let (stream, continuation) = AsyncStream.makeStream(of: WorkloadSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    let number: UInt64? = state.withLock { state in
      guard !state.isClosed else { return nil }
      state.lastWatcher += 1
      state.watchers[state.lastWatcher] = continuation
      if let current = state.current { continuation.yield(current) }
      return state.lastWatcher
    }
    guard let number else {
      continuation.finish()
      return (stream, {})
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
    }
    return (stream, { continuation.finish() })
  }
}
