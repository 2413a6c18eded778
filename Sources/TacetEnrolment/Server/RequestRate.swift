internal import Synchronization

/// How often each address may ask for something that costs: a bucket of tokens an address, filled at a steady rate.
package final class RequestRate: Sendable {
  private struct Bucket {
    var tokens: Double
    var filled: ContinuousClock.Instant
  }

  /// The most addresses that are remembered.
  private static let mostAddresses = 65_536

  private let perSecond: Double
  private let burst: Double
  private let buckets = Mutex<[String: Bucket]>([:])

  /// - Parameters:
  ///   - perSecond: in the long run.
  ///   - burst: at once.
  package init(perSecond: Int, burst: Int) {
    self.perSecond = Double(perSecond)
    self.burst = Double(burst)
  }

  /// Takes a token of an address; false where it has none.
  package func take(_ address: String, at now: ContinuousClock.Instant = .now) -> Bool {
    buckets.withLock { buckets in
      if buckets[address] == nil, buckets.count >= Self.mostAddresses { forgetIdle(&buckets, at: now) }
      // As many strangers as that at once: none of them is let in before there is room to count them.
      guard buckets[address] != nil || buckets.count < Self.mostAddresses else { return false }
      var bucket = buckets[address] ?? Bucket(tokens: burst, filled: now)
      bucket.tokens = tokens(of: bucket, at: now)
      bucket.filled = now
      defer { buckets[address] = bucket }
      guard bucket.tokens >= 1 else { return false }
      bucket.tokens -= 1
      return true
    }
  }

  private func tokens(of bucket: Bucket, at now: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = (now - bucket.filled).components
    return min(burst, bucket.tokens + perSecond * (Double(seconds) + Double(attoseconds) * 1e-18))
  }

  /// Who could take a whole burst again need not be remembered.
  private func forgetIdle(_ buckets: inout [String: Bucket], at now: ContinuousClock.Instant) {
    buckets = buckets.filter { tokens(of: $0.value, at: now) < burst }
  }
}
