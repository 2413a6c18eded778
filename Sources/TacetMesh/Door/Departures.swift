package import TacetWire

/// How the replies of a door leave, and who keeps account of it.
package struct Departures: Sendable {
  /// When: by the policy, or at once. At once is for measuring what a transport costs; no policy says it.
  package enum Timing: Sendable, Hashable {
    case paced(Pacing)
    case atOnce
  }

  package let timing: Timing
  /// Whether answers were ready in time.
  package let deadlines: DeadlineMeter
  /// Where the hidden classes are written down, for tests of the wire.
  package let trace: TraceLog?

  package init(_ timing: Timing, deadlines: DeadlineMeter = DeadlineMeter(), trace: TraceLog? = nil) {
    self.timing = timing
    self.deadlines = deadlines
    self.trace = trace
  }

  /// From a request's arrival to its reply's departure; nil for at once. Drawn anew at each call.
  func delay() -> Duration? {
    switch timing {
    case .paced(let pacing): pacing.delay(draw: SystemRandom.unitInterval())
    case .atOnce: nil
    }
  }
}
