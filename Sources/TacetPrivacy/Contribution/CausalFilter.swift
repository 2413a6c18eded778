/// A filter over counts: what is released at a step is Σ tap[i] · (the counts of i steps before).
///
/// Whole numbers, so that how far it spreads one count over the steps is known exactly: by `squaredNorm` = Σ tap².
public struct CausalFilter: Hashable, Sendable {
  /// The taps, that of the step itself first.
  public let taps: [Int]

  /// The most taps.
  public static let mostTaps = 64
  /// The largest magnitude of a tap.
  public static let largestTap = 16_383

  /// A filter of 1…``mostTaps`` whole numbers of at most ``largestTap`` in magnitude, not all 0.
  public init(taps: [Int]) throws(ContributionError) {
    guard (1...Self.mostTaps).contains(taps.count) else { throw .tapCountOutOfRange(taps.count) }
    for tap in taps where !(-Self.largestTap...Self.largestTap).contains(tap) { throw .tapOutOfRange(tap) }
    guard taps.contains(where: { $0 != 0 }) else { throw .silentFilter }
    self.taps = taps
  }

  /// Σ tap², exactly.
  public var squaredNorm: Int { taps.reduce(0) { $0 + $1 * $1 } }

  /// H: the least whole number with H² ≥ Σ tap². Rounded up, so that no filter is shorter on paper than it is.
  public var norm: Int { Int(WholeRoot.roundedUp(of: UInt128(squaredNorm))) }
}
