import Synchronization

/// A count that several tasks add to.
final class Tally: Sendable {
  private let count = Atomic(0)

  /// - Returns: the sum so far.
  func add(_ more: Int) -> Int { count.add(more, ordering: .relaxed).newValue }
}
