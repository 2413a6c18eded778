package import Foundation

/// When the steps of a mesh happen: step n at `start + n · tick`, on the wall clock that all nodes share.
///
/// Steps are grouped in runs (an hour of recorded sensor data, say). Releases of one run say nothing about another, so a
/// gateway's history never reaches over a run's beginning.
package struct Schedule: Sendable, Hashable {
  /// The instant of step 0.
  package let start: Date
  /// The time from one step to the next.
  package let tick: Duration
  /// The number of steps to play; nil plays on until the node is stopped.
  package let steps: Int?
  /// The number of steps in one run.
  package let stepsPerRun: Int

  package init(start: Date, tick: Duration, steps: Int?, stepsPerRun: Int) {
    self.start = start
    self.tick = tick
    self.steps = steps
    self.stepsPerRun = stepsPerRun
  }

  /// The step in progress at `date`; negative before the start.
  package func step(at date: Date) -> Int {
    let elapsed = (date.timeIntervalSince(start) / tick.seconds).rounded(.down)
    return Int(exactly: elapsed) ?? (elapsed < 0 ? -1 : Int.max)
  }

  /// The instant at which `step` begins.
  package func date(of step: Int) -> Date {
    start.addingTimeInterval(Double(step) * tick.seconds)
  }

  /// The step that a peer names, if it is the one in progress at `date` or the one before; whatever the number, nothing
  /// overflows. A step that has not begun is nobody's to speak of.
  package func recent(_ step: UInt64, at date: Date) -> Int? {
    let present = self.step(at: date)
    guard present >= 0, let step = Int(exactly: step), step <= present, step >= present - 1 else { return nil }
    return step
  }

  /// The first step of the run that `step` (≥ 0) is in.
  package func beginningOfRun(of step: Int) -> Int {
    step - step % stepsPerRun
  }

  /// The steps to play from `date` on: those that have not begun yet.
  package func upcoming(after date: Date) -> Range<Int> {
    let first = max(0, step(at: date) + 1)
    return first..<max(first, steps ?? Int.max)
  }
}

extension Duration {
  /// This duration in seconds.
  package var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// This duration in milliseconds.
  package var milliseconds: Double { seconds * 1e3 }
}
