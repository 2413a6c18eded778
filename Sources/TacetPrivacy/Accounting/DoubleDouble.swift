/// A number as the sum of two doubles, the lower at most half a unit in the last place of the upper: some 106 bits
/// (Dekker 1971; products by fused multiply-add).
///
/// Each operation is right to 2⁻¹⁰⁰, relatively, while nothing underflows or overflows. For a difference that would lose all
/// digits of a double: δ(0) − δ where ε is next to nothing.
struct DoubleDouble {
  let high: Double
  let low: Double

  init(_ high: Double, _ low: Double = 0) {
    self.high = high + low
    // Knuth's exact sum, whichever is larger.
    let other = self.high - high
    self.low = (high - (self.high - other)) + (low - other)
  }

  /// Exactly.
  init(_ whole: UInt64) {
    self.init(Double(whole & ~0x7FF), Double(whole & 0x7FF))
  }

  static func + (left: DoubleDouble, right: DoubleDouble) -> DoubleDouble {
    let sum = DoubleDouble(left.high, right.high)
    return DoubleDouble(sum.high, sum.low + (left.low + right.low))
  }

  static func * (left: DoubleDouble, right: DoubleDouble) -> DoubleDouble {
    let product = left.high * right.high
    let rest = (-product).addingProduct(left.high, right.high) + (left.high * right.low + left.low * right.high)
    return DoubleDouble(product, rest)
  }

  static func / (left: DoubleDouble, right: Double) -> DoubleDouble {
    let quotient = left.high / right
    return DoubleDouble(quotient, (left.high.addingProduct(-quotient, right) + left.low) / right)
  }

  /// Of a number above 0.
  func squareRoot() -> DoubleDouble {
    let root = high.squareRoot()
    return DoubleDouble(root, (high.addingProduct(-root, root) + low) / (2 * root))
  }

  /// The least double that is not below.
  var roundedUp: Double { low > 0 ? high.nextUp : high }
}
