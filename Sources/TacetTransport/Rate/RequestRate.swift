internal import Synchronization

/// How often each of many may ask for something that costs: addresses, or identities.
package final class RequestRate: Sendable {
  /// The most that are remembered.
  private static let mostRemembered = 65_536

  private let perSecond: Double
  private let burst: Int
  private let buckets = Mutex<[String: TokenBucket]>([:])

  /// - Parameters:
  ///   - perSecond: in the long run.
  ///   - burst: at once.
  package init(perSecond: Double, burst: Int) {
    self.perSecond = perSecond
    self.burst = burst
  }

  /// Takes a token of one; false where it has none.
  package func take(_ name: String, at now: ContinuousClock.Instant = .now) -> Bool {
    buckets.withLock { buckets in
      if buckets[name] == nil, buckets.count >= Self.mostRemembered {
        // Who could take a whole burst again need not be remembered.
        buckets = buckets.filter { !$0.value.isFull(at: now) }
      }
      // As many strangers as that at once: none of them is let in before there is room to count them.
      guard buckets[name] != nil || buckets.count < Self.mostRemembered else { return false }
      return buckets[name, default: TokenBucket(perSecond: perSecond, burst: burst, at: now)].take(at: now)
    }
  }
}
