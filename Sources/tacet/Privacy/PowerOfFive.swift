/// 5^q as significand · 2^exponent, the significand its first 128 bits, cut off: the power is less than one unit above.
struct PowerOfFive {
  /// In 2^127 … 2^128 − 1.
  let significand: UInt128
  let exponent: Int
  /// Nothing was cut off.
  let isExact: Bool

  /// The exponents q of ten that a normal double with at most 19 digits before can have.
  static let exponents = -326...308

  /// One for each of ``exponents``, by exact arithmetic: some tenths of a millisecond.
  static let all = reciprocals(count: -exponents.lowerBound).reversed() + powers(count: exponents.upperBound + 1)

  /// 5^0, 5^1, …
  private static func powers(count: Int) -> [PowerOfFive] {
    // 5^308 has 716 bits.
    var words = [UInt64](repeating: 0, count: 12)
    words[0] = 1
    return (0..<count).map { _ in
      let power = PowerOfFive(words: words, scale: 0, isReciprocal: false)
      var carry: UInt64 = 0
      for index in words.indices {
        let (high, low) = words[index].multipliedFullWidth(by: 5)
        let (sum, overflow) = low.addingReportingOverflow(carry)
        words[index] = sum
        carry = high + (overflow ? 1 : 0)
      }
      return power
    }
  }

  /// 5^−1, 5^−2, …: ⌊⌊x⌋ / 5⌋ = ⌊x / 5⌋, so that dividing by five again and again, rounding down, is exact in every digit kept.
  private static func reciprocals(count: Int) -> [PowerOfFive] {
    // 2^959 / 5^326 has 203 bits.
    var words = [UInt64](repeating: 0, count: 15)
    words[14] = 1 << 63
    return (0..<count).map { _ in
      var remainder: UInt64 = 0
      for index in words.indices.reversed() {
        // The remainder is below 5: the quotient fits.
        (words[index], remainder) = UInt64(5).dividingFullWidth((remainder, words[index]))
      }
      return PowerOfFive(words: words, scale: -959, isReciprocal: true)
    }
  }

  /// The number of `words` (the lowest first, not all zero) times 2^`scale`. No reciprocal is a whole number of any 2^−k.
  private init(words: [UInt64], scale: Int, isReciprocal: Bool) {
    let top = words.lastIndex { $0 != 0 } ?? 0
    let shift = words[top].leadingZeroBitCount
    func word(_ index: Int) -> UInt64 { index < 0 ? 0 : words[index] }
    let upper = UInt128(word(top)) << 64 | UInt128(word(top - 1))
    let lower = word(top - 2)
    significand = upper << UInt128(shift) | UInt128(shift == 0 ? 0 : lower >> UInt64(64 - shift))
    exponent = 64 * (top - 1) - shift + scale
    let isCut = lower << UInt64(shift) != 0 || words.prefix(max(0, top - 2)).contains { $0 != 0 }
    isExact = !isReciprocal && !isCut
  }
}
