#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// By how much more than the deadline a reply waits, at random.
///
/// Jitter alone hides nothing: it makes an onlooker need more replies. It is there for what the deadline leaves: clocks, and
/// machines that are too busy to keep it.
public struct Jitter: Sendable, Hashable {
  /// How it is distributed.
  public enum Distribution: String, Sendable, Hashable, CaseIterable {
    /// Evenly from nothing to the cap: the mean is half of the cap.
    case uniform
    /// Exponentially with the mean, cut off at the cap (drawn from what is left, not heaped up there).
    case exponential
  }

  /// How it is distributed.
  public let distribution: Distribution
  /// The mean of the distribution before it is cut off.
  public let mean: Duration
  /// The most.
  public let cap: Duration

  /// Evenly from nothing to `cap`, which is not negative.
  public static func uniform(upTo cap: Duration) -> Jitter {
    Jitter(distribution: .uniform, mean: cap / 2, cap: cap)
  }

  /// Exponentially with `mean`, above zero, cut off at `cap`, which is not below it.
  public static func exponential(mean: Duration, cap: Duration) -> Jitter {
    Jitter(distribution: .exponential, mean: mean, cap: cap)
  }

  private init(distribution: Distribution, mean: Duration, cap: Duration) {
    self.distribution = distribution
    self.mean = mean
    self.cap = cap
  }

  /// One delay, zero to ``cap``: the inverse of the distribution function at `draw`.
  /// - Parameter draw: uniform in [0, 1), from a cryptographic generator; held to that interval.
  package func delay(draw: Double) -> Duration {
    let part = draw.isFinite ? min(max(draw, 0), 1) : 1
    switch distribution {
    case .uniform: return cap * part
    case .exponential:
      guard mean > .zero else { return .zero }
      let probability = part * -expm1(-(cap / mean))
      // At 1, where the logarithm ends, only the cap is left.
      return probability < 1 ? min(cap, mean * -log1p(-probability)) : cap
    }
  }
}
