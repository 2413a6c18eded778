/// How often something may be done: so often at once, and so often a second in the long run.
package struct TokenBucket: Sendable {
  private let perSecond: Double
  private let burst: Double
  private var tokens: Double
  private var filled: ContinuousClock.Instant

  /// A full one.
  /// - Parameters:
  ///   - perSecond: in the long run.
  ///   - burst: at once.
  package init(perSecond: Double, burst: Int, at now: ContinuousClock.Instant = .now) {
    self.perSecond = perSecond
    self.burst = Double(burst)
    tokens = Double(burst)
    filled = now
  }

  /// Takes a token; false where there is none.
  package mutating func take(at now: ContinuousClock.Instant = .now) -> Bool {
    tokens = level(at: now)
    filled = now
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }

  /// Whether a whole burst could be taken.
  package func isFull(at now: ContinuousClock.Instant) -> Bool { level(at: now) >= burst }

  private func level(at now: ContinuousClock.Instant) -> Double {
    min(burst, tokens + perSecond * max(0, (now - filled) / .seconds(1)))
  }
}
