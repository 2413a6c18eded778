internal import Synchronization
internal import TacetIdentity

/// How often each user may call: a burst, then so many a second. Users that the policy does not name share one allowance.
final class CallRate: Sendable {
  private struct Allowance {
    var calls: Double
    var at: ContinuousClock.Instant
  }

  private let burst: Double
  private let perSecond: Double
  private let grants: WorkloadGrants
  /// As many as the policy names users, and one.
  private let allowances = Mutex<[UInt32?: Allowance]>([:])

  init(limits: WorkloadLimits, grants: WorkloadGrants) {
    burst = Double(limits.callBurst)
    perSecond = Double(limits.callsPerSecond)
    self.grants = grants
  }

  /// Counts a call; false for one too many.
  func admits(_ caller: WorkloadCaller, at now: ContinuousClock.Instant = .now) -> Bool {
    let key = grants[caller.uid].isEmpty ? nil : caller.uid
    return allowances.withLock { allowances in
      var allowance = allowances[key] ?? Allowance(calls: burst, at: now)
      let seconds = max(allowance.at.duration(to: now) / .seconds(1), 0)
      allowance.calls = min(burst, allowance.calls + seconds * perSecond)
      allowance.at = now
      let isAdmitted = allowance.calls >= 1
      if isAdmitted { allowance.calls -= 1 }
      allowances[key] = allowance
      return isAdmitted
    }
  }
}
