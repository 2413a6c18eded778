/// What a device may spend: (ε, δ) for its lifetime, or for each window of time.
///
/// Windows are fixed and aligned to UTC: window n covers the seconds n·w … (n+1)·w − 1 since 1970.
public struct Budget: Hashable, Sendable {
  /// ε, not negative.
  public let epsilon: Double
  /// δ, between 0 and 1.
  public let delta: Double
  /// The window in whole seconds; nil means the device's lifetime.
  public let windowSeconds: UInt64?
  /// The largest μ² that (ε, δ) allows, rounded down: the only part that decides.
  public let limit: PrivacyCost

  /// A budget.
  /// - Parameter window: the window, rounded up to whole seconds (a longer window is the stricter one); nil for a
  ///   lifetime. A window that is not positive never ends: it is a lifetime too.
  /// - Throws: `PrivacyParameterError` when ε or δ is out of the accountant's range.
  public init(epsilon: Double, delta: Double, window: Duration?) throws(PrivacyParameterError) {
    self.epsilon = epsilon
    self.delta = delta
    windowSeconds = window.flatMap { window in
      let (seconds, attoseconds) = window.components
      guard seconds > 0 || attoseconds > 0 else { return nil }
      return UInt64(seconds) + (attoseconds > 0 ? 1 : 0)
    }
    limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: delta)
  }
}
