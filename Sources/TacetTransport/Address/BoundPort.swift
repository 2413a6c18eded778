internal import Synchronization

/// The port of a listener, for those who wait until it listens.
package final class BoundPort: Sendable {
  /// waiting → settled, once.
  private enum State {
    case waiting([CheckedContinuation<Result<Int, TransportError>, Never>])
    case settled(Result<Int, TransportError>)
  }

  private let state = Mutex(State.waiting([]))

  /// Waiting.
  package init() {}

  /// The port, or why there is none; waits until one or the other is known.
  package var value: Int {
    get async throws(TransportError) {
      let result = await withCheckedContinuation { continuation in
        let settled: Result<Int, TransportError>? = state.withLock { state in
          switch state {
          case .settled(let result): return result
          case .waiting(let others):
            state = .waiting(others + [continuation])
            return nil
          }
        }
        if let settled { continuation.resume(returning: settled) }
      }
      return try result.get()
    }
  }

  /// Tells everyone who waits; only the first call counts.
  package func settle(_ result: Result<Int, TransportError>) {
    let waiting = state.withLock { state -> [CheckedContinuation<Result<Int, TransportError>, Never>] in
      guard case .waiting(let continuations) = state else { return [] }
      state = .settled(result)
      return continuations
    }
    for continuation in waiting { continuation.resume(returning: result) }
  }
}
