/// What a device may spend: (ε, δ) for its lifetime, or for each window of time.
///
/// Windows are fixed and aligned to UTC: window n covers the seconds n·w … (n+1)·w − 1 since 1970.
public struct Budget: Hashable, Sendable {
  /// ε, above 0.
  public let epsilon: Double
  /// δ, between 0 and 1.
  public let delta: Double
  /// The window in whole seconds; nil means the device's lifetime.
  public let windowSeconds: UInt64?
  /// The largest μ² that (ε, δ) allows, rounded down: the only part that decides.
  public let limit: PrivacyCost

  /// A budget.
  /// - Parameter window: the window, rounded up to whole seconds (a longer window is the stricter one); nil for a
  ///   lifetime. Less than a second counts as one second.
  /// - Throws: `PrivacyParameterError` when ε or δ is out of the accountant's range.
  public init(epsilon: Double, delta: Double, window: Duration?) throws(PrivacyParameterError) {
    self.epsilon = epsilon
    self.delta = delta
    windowSeconds = window.map { window in
      let (seconds, attoseconds) = window.components
      return UInt64(max(1, attoseconds > 0 ? seconds.addingReportingOverflow(1).partialValue : seconds))
    }
    limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: delta)
  }
}
