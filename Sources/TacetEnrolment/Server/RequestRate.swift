internal import Synchronization
internal import TacetTransport

/// How often each address may ask for something that costs.
final class RequestRate: Sendable {
  /// The most addresses that are remembered.
  private static let mostAddresses = 65_536

  private let perSecond: Int
  private let burst: Int
  private let buckets = Mutex<[String: TokenBucket]>([:])

  /// - Parameters:
  ///   - perSecond: in the long run.
  ///   - burst: at once.
  init(perSecond: Int, burst: Int) {
    self.perSecond = perSecond
    self.burst = burst
  }

  /// Takes a token of an address; false where it has none.
  func take(_ address: String, at now: ContinuousClock.Instant = .now) -> Bool {
    buckets.withLock { buckets in
      if buckets[address] == nil, buckets.count >= Self.mostAddresses {
        // Who could take a whole burst again need not be remembered.
        buckets = buckets.filter { !$0.value.isFull(at: now) }
      }
      // As many strangers as that at once: none of them is let in before there is room to count them.
      guard buckets[address] != nil || buckets.count < Self.mostAddresses else { return false }
      return buckets[address, default: TokenBucket(perSecond: perSecond, burst: burst, at: now)].take(at: now)
    }
  }
}
