internal import Synchronization
internal import TacetIdentity
internal import TacetTransport

/// How often each user may call: a burst, then so many a second. Users that the policy does not name share one allowance.
final class CallRate: Sendable {
  private let limits: WorkloadLimits
  private let grants: WorkloadGrants
  /// As many as the policy names users, and one.
  private let allowances = Mutex<[UInt32?: TokenBucket]>([:])

  init(limits: WorkloadLimits, grants: WorkloadGrants) {
    self.limits = limits
    self.grants = grants
  }

  /// Counts a call; false for one too many.
  func admits(_ caller: WorkloadCaller, at now: ContinuousClock.Instant = .now) -> Bool {
    let key = grants[caller.uid].isEmpty ? nil : caller.uid
    let full = TokenBucket(perSecond: Double(limits.callsPerSecond), burst: limits.callBurst, at: now)
    return allowances.withLock { $0[key, default: full].take(at: now) }
  }
}
