package import Foundation
internal import Synchronization

/// Counts who was not let in, by reason, for reports, metrics and log lines.
package final class RefusalLog: Sendable {
  private let state = Mutex(Snapshot())
  private let lines = Mutex(Lines())

  /// An empty log.
  package init() {}

  /// What was counted so far.
  package var snapshot: Snapshot { state.withLock { $0 } }

  /// Counts a refusal.
  /// - Parameters:
  ///   - reason: what it is counted under.
  ///   - detail: one line for a person; kept of the last refusal only.
  ///   - time: when.
  package func record(_ reason: RefusalReason, detail: String, at time: Date) {
    state.withLock {
      $0.count[reason, default: 0] += 1
      $0.last = Refusal(reason: reason, detail: detail, time: time)
    }
  }
}

extension RefusalLog {
  /// How many lines may still be written. A flood of strangers is counted to the last one, and not written down to the last one.
  private struct Lines {
    var bucket = TokenBucket(perSecond: 10, burst: 500)
    var leftOut = 0
  }

  /// Takes the place of a line that tells of a refusal: so many at once, and so many a second in the long run.
  /// - Returns: how many were left out since the last line; nil where this one is left out as well.
  func takeLine(at now: ContinuousClock.Instant = .now) -> Int? {
    lines.withLock { lines in
      guard lines.bucket.take(at: now) else {
        lines.leftOut += 1
        return nil
      }
      defer { lines.leftOut = 0 }
      return lines.leftOut
    }
  }

  /// The counts at one moment.
  package struct Snapshot: Sendable, Hashable {
    /// How often each reason was met.
    package fileprivate(set) var count: [RefusalReason: Int] = [:]
    /// The last one.
    package fileprivate(set) var last: Refusal?

    /// All reasons together.
    package var total: Int { count.values.reduce(0, +) }
  }

  /// One refusal.
  package struct Refusal: Sendable, Hashable {
    /// What it was counted under.
    package let reason: RefusalReason
    /// One line for a person.
    package let detail: String
    /// When.
    package let time: Date
  }
}
