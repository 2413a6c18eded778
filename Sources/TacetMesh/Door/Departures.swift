internal import TacetTransport
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

  /// How long before its moment an answer must be ready where others still handle it: an eighth of the deadline, 5 ms at most.
  private static let mostHandling = Duration.milliseconds(5)

  /// From a request's arrival to the time at which its answer must be ready to go the longer way through gRPC; nil for no time.
  var readiness: Duration? {
    guard case .paced(let pacing) = timing else { return nil }
    return pacing.deadline - min(pacing.deadline / 8, Self.mostHandling)
  }

  /// The moments of a gRPC door's replies, for its connections; nil for at once.
  var beat: ReplyBeat? {
    guard case .paced(let pacing) = timing else { return nil }
    return ReplyBeat(
      delay: { pacing.delay(draw: SystemRandom.unitInterval()) }, missed: { [deadlines] in deadlines.recordSlip() })
  }

  /// From a request's arrival to its reply's departure; nil for at once. Drawn anew at each call.
  func delay() -> Duration? {
    switch timing {
    case .paced(let pacing): pacing.delay(draw: SystemRandom.unitInterval())
    case .atOnce: nil
    }
  }
}
