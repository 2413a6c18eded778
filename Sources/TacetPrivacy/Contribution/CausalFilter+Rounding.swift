extension CausalFilter {
  /// H that filters are rounded to unless another is asked for. Rounding then costs some 0.01 % of the mean squared error (0.1 % or more only
  /// where one tap is nearly all of the filter), and at the largest noise scale a passage has μ = 1/4. A larger norm is finer, and leaves
  /// counts less room in 16 bits.
  public static let usualNorm = 512

  /// The norms that a filter can be rounded to.
  public static let norms = 1...largestTap

  /// The filter of whole numbers that comes nearest to `shape` and has Σ tap² ≤ `norm`², as `TapRounding` does it.
  /// - Parameters:
  ///   - shape: as many finite numbers as there are taps, not all 0; only their proportions matter.
  ///   - norm: H, one of ``norms``: what a window is charged by, for one passage that adds 1.
  public init(rounding shape: [Double], norm: Int) throws(ContributionError) {
    guard (1...Self.mostTaps).contains(shape.count) else { throw .tapCountOutOfRange(shape.count) }
    guard Self.norms.contains(norm) else { throw .normOutOfRange(norm) }
    guard let unit = UnitShape(shape) else { throw .shapelessFilter }
    let rounding = TapRounding(of: unit.numbers.map { abs($0) * Double(norm) }, norm: norm)
    try self.init(taps: zip(unit.numbers, rounding.taps).map { $0 < 0 ? -$1 : $1 })
  }

  /// The filter that carries nothing over: a step's release is that step's counts, times `norm`.
  public static func identity(norm: Int) throws(ContributionError) -> CausalFilter {
    try CausalFilter(rounding: [1], norm: norm)
  }

  /// A filter whose taps fall as `decay`^i, rounded.
  /// - Parameters:
  ///   - count: how many taps, 1…``mostTaps``.
  ///   - decay: from −1 to 1; 0 is the identity, 1 the sum of the last steps.
  ///   - norm: H, one of ``norms``.
  public static func exponential(count: Int, decay: Double, norm: Int) throws(ContributionError) -> CausalFilter {
    guard (1...mostTaps).contains(count) else { throw .tapCountOutOfRange(count) }
    guard (-1...1).contains(decay) else { throw .decayOutOfRange(decay) }
    return try CausalFilter(rounding: UnitShape.powers(of: decay, count: count), norm: norm)
  }

  /// The filter as it is charged: taps over ``norm``. Its L2 norm is at most 1, and below it by what rounding left unused.
  var chargedShape: [Double] {
    let norm = Double(norm)
    return taps.map { Double($0) / norm }
  }
}

/// A filter of real numbers, of L2 norm 1.
struct UnitShape {
  let numbers: [Double]

  /// nil when a number is not finite, or all are 0.
  init?(_ shape: [Double]) {
    // By the largest first, so that no square overflows or vanishes.
    let largest = shape.reduce(0) { max($0, abs($1)) }
    guard shape.allSatisfy(\.isFinite), largest > 0 else { return nil }
    let scaled = shape.map { $0 / largest }
    let norm = scaled.reduce(0) { $0 + $1 * $1 }.squareRoot()
    numbers = scaled.map { $0 / norm }
  }

  /// 1, `base`, `base`², …: not of norm 1 yet.
  static func powers(of base: Double, count: Int) -> [Double] {
    var power = 1.0
    return (0..<count).map { _ in
      defer { power *= base }
      return power
    }
  }
}
