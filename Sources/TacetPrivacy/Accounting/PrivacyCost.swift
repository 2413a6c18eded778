/// What releases cost: μ² of Gaussian differential privacy (Dong, Roth and Su 2022), in whole units of 2⁻⁴⁰.
///
/// Costs add (μ_total² = Σ μ_i²), so that sums and comparisons are integer arithmetic. A cost is rounded up when it is
/// made and a limit is rounded down. Addition saturates at ``unbounded``, which fits no limit.
public struct PrivacyCost: Hashable, Comparable, Sendable {
  /// μ² in units of 2⁻⁴⁰.
  public let units: UInt64

  /// The cost of nothing.
  public static let zero = PrivacyCost(units: 0)

  /// Where addition saturates: a cost that is this large, or larger. No limit reaches it.
  public static let unbounded = PrivacyCost(units: .max)

  /// How many units make up μ² = 1.
  public static let unitsPerSquare: UInt64 = 1 << 40

  /// A cost of `units` · 2⁻⁴⁰, as read from a ledger.
  public init(units: UInt64) {
    self.units = units
  }

  /// The sum, or ``unbounded`` where it does not fit.
  public static func + (left: PrivacyCost, right: PrivacyCost) -> PrivacyCost {
    let (sum, overflow) = left.units.addingReportingOverflow(right.units)
    return PrivacyCost(units: overflow ? .max : sum)
  }

  /// Adds `right`, saturating at ``unbounded``.
  public static func * (cost: PrivacyCost, count: UInt64) -> PrivacyCost {
    let (product, overflow) = cost.units.multipliedReportingOverflow(by: count)
    return overflow ? .unbounded : PrivacyCost(units: product)
  }

  /// Adds in place, saturating.
  public static func += (left: inout PrivacyCost, right: PrivacyCost) {
    left = left + right
  }

  /// Whether `left` is the smaller cost.
  public static func < (left: PrivacyCost, right: PrivacyCost) -> Bool {
    left.units < right.units
  }

  /// μ, for reports: rounded up, never below the truth.
  public var mu: Double {
    guard units > 0 else { return 0 }
    return (Double(units) * 0x1p-40).nextUp.squareRoot().nextUp
  }

  /// Whether a budget of `limit`, of which `self` is spent, has room for `cost`. An ``unbounded`` sum never fits.
  public func leavesRoom(for cost: PrivacyCost, within limit: PrivacyCost) -> Bool {
    let sum = self + cost
    return sum <= limit && sum != .unbounded
  }
}
