package import Foundation

/// When cells leave on a link: slot k is at `first + k · interval` on the wall clock that all nodes share, whatever happened before.
package struct LinkPace: Sendable, Hashable {
  /// The instant of slot 0.
  package let first: Date
  /// From one slot to the next.
  package let interval: Duration
  /// The most cells of a slot, and with cover their number.
  package let width: Int
  /// Whether cells that say nothing leave where there is nothing to say.
  package let isCovered: Bool
  /// How long after its slot a cell counts as one that the peer does not answer.
  package let patience: Duration
  /// How long before a slot its event loop wakes up, so that how fast it does says nothing about what it did before; zero for no
  /// time.
  package let lead: Duration

  /// - Parameters:
  ///   - interval: above zero.
  ///   - width: at least 1.
  ///   - lead: less than half of the interval.
  package init(
    first: Date, interval: Duration, width: Int, isCovered: Bool, patience: Duration, lead: Duration = .zero
  ) {
    // Our own invariants: both come from a checked policy.
    precondition(interval > .zero && width >= 1 && lead < interval / 2)
    self.first = first
    self.interval = interval
    self.width = width
    self.isCovered = isCovered
    self.patience = patience
    self.lead = lead
  }

  /// The instant of slot `number`.
  package func date(of number: Int) -> Date {
    first.addingTimeInterval(Double(number) * interval.seconds)
  }

  /// The first slot after `date`, none before slot 0.
  package func next(after date: Date) -> Int {
    let elapsed = (date.timeIntervalSince(first) / interval.seconds).rounded(.down)
    // A clock that far off means no slot that could ever come.
    guard elapsed >= 0 else { return 0 }
    return Int(exactly: elapsed + 1) ?? Int.max
  }
}
