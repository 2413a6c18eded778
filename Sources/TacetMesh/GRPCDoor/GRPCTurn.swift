internal import Synchronization
internal import TacetIdentity
internal import TacetWire

/// One call at the gRPC door: its tensors are answered one after the other by tasks of their own, and the reply leaves at a moment
/// that the arrival of the last one has set.
///
/// The tasks are not children of the call: it must not wait for an answer that is late. ``end()`` ends them.
final class GRPCTurn: Sendable {
  private struct State {
    /// As many as there were tensors.
    var tasks: [Task<Void, Never>] = []
    var departure: ContinuousClock.Instant?
    var substitute: Cell?
    var answer: Cell?
  }

  private let exchange: Exchange
  private let departures: Departures
  private let state = Mutex(State())

  init(exchange: Exchange, departures: Departures) {
    self.exchange = exchange
    self.departures = departures
  }

  /// A tensor has arrived: answers it when the ones before are answered. Its answer replaces theirs.
  func take(_ request: Request, from peer: PeerIdentity) {
    let departure = departures.readiness.map { ContinuousClock.now + $0 }
    let late = exchange.substitute(.late, for: request)
    state.withLock { state in
      (state.departure, state.substitute, state.answer) = (departure, late, nil)
      let (before, number) = (state.tasks.last, state.tasks.count + 1)
      state.tasks.append(
        Task { [self] in
          await before?.value
          let answer = Task.isCancelled ? nil : await exchange.answer(request, from: peer)
          self.state.withLock { if $0.tasks.count == number { $0.answer = answer } }
        })
    }
  }

  /// What leaves now; waits for its moment.
  func reply() async throws -> Cell? {
    let (task, departure) = state.withLock { ($0.tasks.last, $0.departure) }
    if let departure {
      try await Task.sleep(until: departure, clock: .continuous)
    } else {
      await task?.value
    }
    return state.withLock {
      departures.deadlines.record(isMissed: $0.answer == nil)
      return $0.answer ?? $0.substitute
    }
  }

  /// The call is over.
  func end() {
    for task in state.withLock({ $0.tasks }) { task.cancel() }
  }
}
