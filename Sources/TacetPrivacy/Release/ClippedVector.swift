/// An activation on the integer grid, held to ‖x‖² ≤ R² by exact arithmetic.
///
/// The same number of steps for the same dimension whatever the values, as selections rather than branches; what remains
/// is the processor's own (division, square root, subnormal operands), on a path that precedes the constant-size message
/// and its deadline.
struct ClippedVector {
  /// x, each element at most R in magnitude.
  private(set) var values: [Int]
  /// Inputs that were infinite or not a number.
  let sanitised: Int

  /// Clips `activation` (any floats) to L2 norm 1, times `radius`, rounded to nearest, then shrunk to fit if rounding
  /// made it longer than `radius`.
  init(_ activation: [Float], radius: Int) {
    // In Double neither the squares (at most 2^256 each) nor their sum can overflow.
    var finite = activation.map { $0.isFinite ? Double($0) : 0 }
    defer { SecretMemory.wipe(&finite) }
    sanitised = activation.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
    let norm = finite.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let factor = Double(radius) / max(norm, 1)
    for index in finite.indices { finite[index] *= factor }
    // |finite| ≤ R up to rounding, so each conversion is in range.
    values = finite.map { Int($0.rounded(.toNearestOrEven)) }
    undoRoundingUp(of: finite, radius: radius)
    values = Self.held(values, to: radius)
  }

  /// While ‖x‖² exceeds R², takes one off the magnitude of each element that rounding had made larger, in order.
  ///
  /// Keeps more of the vector than scaling would on a coarse grid, where scaling truncates ones to zeros.
  private mutating func undoRoundingUp(of exact: [Double], radius: Int) {
    var square = Self.squaredNorm(of: values)
    for index in values.indices {
      let value = values[index]
      let magnitude = value.magnitude
      let excessive = square > radius * radius
      let roundedUp = Double(magnitude) > exact[index].magnitude
      let drop = (excessive ? 1 : 0) & (roundedUp ? 1 : 0)
      values[index] = value - value.signum() * drop
      square -= drop * (2 * Int(magnitude) - 1)
    }
  }

  /// x_i · R / n, towards zero, n the least whole number with n² ≥ ‖x‖² and n ≥ R: then Σ x_i² ≤ R², by integers
  /// alone, and nothing changes where that held before.
  ///
  /// The bound rests on this step and on no floating-point reasoning, even though undoing the rounding leaves it nothing
  /// to do unless the norm was summed with an error above 1/R².
  static func held(_ values: [Int], to radius: Int) -> [Int] {
    let divisor = max(radius, ceilingSquareRoot(squaredNorm(of: values)))
    return values.map { $0 * radius / divisor }
  }

  /// ‖x‖². Fits: at most 2²⁴ elements of at most 2¹⁴ + 1 each.
  private static func squaredNorm(of values: [Int]) -> Int {
    values.reduce(0) { $0 + $1 * $1 }
  }

  /// The least n with n² ≥ `square`, for 0 ≤ `square` < 2⁵³ + 2⁴⁰: two exact corrections of the floating root.
  private static func ceilingSquareRoot(_ square: Int) -> Int {
    var root = Int(Double(square).squareRoot())
    root -= root > 0 && (root - 1) * (root - 1) >= square ? 1 : 0
    root += root * root < square ? 1 : 0
    root += root * root < square ? 1 : 0
    return root
  }

  /// Zeroes the elements.
  mutating func wipe() {
    SecretMemory.wipe(&values)
  }
}
