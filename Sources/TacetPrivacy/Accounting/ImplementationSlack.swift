import Foundation

/// What the noise tables cost beyond the Gaussian they stand for: δ′, added to the δ of every figure.
///
/// Kept as three whole numbers that add up over releases. A release of n coordinates draws its noise from one table of
/// scale s, or from two (s the sum of theirs); its *weight* is n · s. By ``NoisePrecision`` the transcript of all releases
/// is within τ = 2⁻⁶² · narrow + 2⁻¹²⁶ · wide in total variation of the one with exact noise, so that
///
///     δ′ ≤ (1 + e^ε) · τ + 2⁻¹¹⁰ · (narrow + wide),
///
/// the last term for what two draws cost in ε (Noise/NoiseScale.md: 2.2 · 10⁻³² a coordinate of weight 72 or more; δ falls
/// by less than 1 for each 1 that ε grows).
///
/// Where e^ε makes that void, wide tables of one draw have another bound (Documentation/privacy.md, lemma 3): up to ten
/// standard deviations each mass is right to 2⁻⁴⁸, relatively, so that δ′ is at most the chance that some noise comes
/// within μ of the tenth (`tail`, in units of 2⁻⁸⁰) plus 2⁻⁴⁸ · wide.
public struct ImplementationSlack: Hashable, Sendable {
  /// Weight of what was drawn from 64-bit tables.
  public let narrow: UInt64
  /// Weight of what was drawn from 128-bit tables.
  public let wide: UInt64
  /// Σ n · 2Φ(−(10 − μ)) of wide, one-draw releases in units of 2⁻⁸⁰; saturated where another kind was among them.
  public let tail: UInt64

  /// Of nothing.
  public static let none = ImplementationSlack(narrow: 0, wide: 0, tail: 0)

  /// The share of δ that the narrow table may take before the wide one is used.
  public static let narrowShare = 0.01

  /// As read from a ledger.
  public init(narrow: UInt64, wide: UInt64, tail: UInt64) {
    self.narrow = narrow
    self.wide = wide
    self.tail = tail
  }

  /// Of one release of `dimension` coordinates.
  public init(of parameters: ReleaseParameters, dimension: UInt64, precision: NoisePrecision) {
    self.init(of: .anyInput(parameters), dimension: dimension, precision: precision)
  }

  /// Of what one charge pays for, each of its releases of `dimension` coordinates.
  public init(of mechanism: Mechanism, dimension: UInt64, precision: NoisePrecision) {
    let weight = Self.weight(of: mechanism, dimension: dimension)
    switch precision {
    case .narrow:
      self.init(narrow: weight, wide: 0, tail: .max)
    case .wide:
      self.init(narrow: 0, wide: weight, tail: Self.tail(of: mechanism, dimension: dimension))
    }
  }

  /// n · s, saturating.
  public static func weight(of parameters: ReleaseParameters, dimension: UInt64) -> UInt64 {
    weight(of: .anyInput(parameters), dimension: dimension)
  }

  /// n · s over all releases that the charge pays for, saturating.
  public static func weight(of mechanism: Mechanism, dimension: UInt64) -> UInt64 {
    let (weight, overflow) = mechanism.numbers(dimension: dimension)
      .multipliedReportingOverflow(by: UInt64(mechanism.noiseScale.weight))
    return overflow ? .max : weight
  }

  /// The sum, saturating.
  public static func + (left: ImplementationSlack, right: ImplementationSlack) -> ImplementationSlack {
    ImplementationSlack(
      narrow: add(left.narrow, right.narrow), wide: add(left.wide, right.wide), tail: add(left.tail, right.tail))
  }

  /// δ′ at `epsilon`, rounded up; 1 where neither bound says anything.
  public func delta(at epsilon: Double) -> Double {
    guard self != .none else { return 0 }
    // A sum that saturated is unknown.
    guard narrow != .max, wide != .max else { return 1 }
    let distance = (Double(narrow) * 0x1p-62 + Double(wide) * 0x1p-126) * (1 + 0x1p-50)
    let general = (distance * (1 + exp(epsilon)) + (Double(narrow) + Double(wide)) * 0x1p-110) * (1 + 0x1p-40)
    let relative = tail == .max ? 1 : (Double(tail) * 0x1p-80 + Double(wide) * 0x1p-48) * (1 + 0x1p-40)
    return min(1, general, relative)
  }

  /// The largest narrow weight whose δ′ stays within ``narrowShare`` of `delta` at `epsilon`, rounded down.
  public static func narrowLimit(epsilon: Double, delta: Double) -> UInt64 {
    let limit = narrowShare * delta / ((1 + exp(epsilon)) * 0x1p-62) * (1 - 0x1p-40)
    return UInt64(exactly: limit.rounded(.down)) ?? (limit >= 0x1p63 ? .max : 0)
  }

  /// What `count` releases come to when one budget alone binds: the 64-bit table serves as long as its share of δ lasts, the
  /// 128-bit one after that; `precision` is the last one's.
  public static func charged(
    _ parameters: ReleaseParameters, dimension: UInt64, count: UInt64, epsilon: Double, delta: Double
  ) -> (slack: ImplementationSlack, precision: NoisePrecision) {
    charged(.anyInput(parameters), dimension: dimension, count: count, epsilon: epsilon, delta: delta)
  }

  /// The same of `count` charges of any kind.
  public static func charged(
    _ mechanism: Mechanism, dimension: UInt64, count: UInt64, epsilon: Double, delta: Double
  ) -> (slack: ImplementationSlack, precision: NoisePrecision) {
    let limit = narrowLimit(epsilon: epsilon, delta: delta)
    let narrow = min(count, limit / max(1, weight(of: mechanism, dimension: dimension)))
    let parts = [(narrow, NoisePrecision.narrow), (count - narrow, .wide)].filter { $0.0 > 0 }
    let slack = parts.reduce(none) { sum, part in
      let (all, overflow) = dimension.multipliedReportingOverflow(by: part.0)
      return sum + ImplementationSlack(of: mechanism, dimension: overflow ? .max : all, precision: part.1)
    }
    return (slack, parts.last?.1 ?? .narrow)
  }

  private static func add(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  private static func tail(of mechanism: Mechanism, dimension: UInt64) -> UInt64 {
    let reach = 10 - mechanism.cost.mu
    guard reach > 0, mechanism.noiseScale.draws == 1 else { return .max }
    let chance = erfc(reach * 0.5.squareRoot()) * (1 + 0x1p-40) * 0x1p80
    guard let exact = UInt64(exactly: chance.rounded(.up)) else { return .max }
    let (sum, overflow) = roundedUp(exact).multipliedReportingOverflow(by: mechanism.numbers(dimension: dimension))
    return overflow ? .max : sum
  }

  /// Twenty binary digits, rounded up: the same number from any mathematics library, whose last digits differ.
  private static func roundedUp(_ units: UInt64) -> UInt64 {
    let spare = UInt64(max(0, 44 - units.leadingZeroBitCount))
    let (sum, overflow) = units.addingReportingOverflow((1 << spare) - 1)
    return overflow ? .max : (sum >> spare) << spare
  }
}
