/// When a reply leaves: never when it is ready, always at a multiple of the deadline plus jitter.
///
/// Pure arithmetic: the caller has the clock and draws from the system's generator.
package enum Pacing {
  /// The moment a reply leaves: `arrival` + k·`deadline` + `draw`·`jitter`, with the smallest k ≥ 1 at whose multiple
  /// it is ready.
  ///
  /// Readiness is compared with the multiple, not with the jittered moment, so the jitter says nothing about it; all
  /// that shows of the time taken is k.
  /// - Parameters:
  ///   - arrival: when the request was complete.
  ///   - ready: when the reply was ready.
  ///   - deadline: above zero.
  ///   - jitter: the longest jitter, not negative.
  ///   - draw: uniform in [0, 1), from a cryptographic generator; held to that interval.
  package static func departure<Instant: InstantProtocol>(
    arrival: Instant, ready: Instant, deadline: Duration, jitter: Duration, draw: Double
  ) -> Instant where Instant.Duration == Duration {
    // Our own invariants: both durations come from a checked policy.
    precondition(deadline > .zero && jitter >= .zero)
    let part = draw.isFinite ? min(max(draw, 0), 1) : 1
    let slots = multiples(of: deadline, covering: arrival.duration(to: ready))
    return arrival.advanced(by: deadline * slots + jitter * part)
  }

  /// The smallest whole number k ≥ 1 with k·`deadline` ≥ `elapsed`; exact, since the estimate is corrected.
  private static func multiples(of deadline: Duration, covering elapsed: Duration) -> Int {
    guard elapsed > deadline else { return 1 }
    var count = max(1, Int((elapsed / deadline).rounded(.up)))
    while deadline * count < elapsed { count += 1 }
    while count > 1, deadline * (count - 1) >= elapsed { count -= 1 }
    return count
  }
}
