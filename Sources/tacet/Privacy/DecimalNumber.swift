/// A decimal number as it is read, digit by digit, and the double that is nearest to it.
///
/// Conversion in the manner of Eisel and Lemire (Lemire, *Number parsing at a gigabyte per second*, 2021): a product of the
/// digits with 128 bits of the power of ten decides nearly always, and short numbers take the exact way of Clinger (*How to
/// read floating point numbers accurately*, 1990). Where neither decides it says so, and `strtod` must.
struct DecimalNumber {
  /// The first 19 digits at most, leading zeros apart.
  private var digits: UInt64 = 0
  /// The number is `digits` · 10^`exponent`, and less than one unit of the last digit more where it was cut.
  private var exponent = 0
  private var isCut = false

  /// Appends a digit, 0…9, to a whole number.
  mutating func append(_ digit: UInt8) {
    if digits < 1_000_000_000_000_000_000 {
      digits = digits &* 10 &+ UInt64(digit)
    } else {
      exponent += 1
      isCut = isCut || digit != 0
    }
  }

  /// Multiplies by 10^`power`; of powers out of all range it matters only that they are.
  mutating func scale(by power: Int) {
    exponent += max(-1 << 40, min(1 << 40, power))
  }

  /// The nearest double, ties to even; nil where this cannot decide, the number being subnormal or too large among them.
  var nearest: Double? {
    if digits == 0 { return 0 }
    if isCut {
      // What both ends round to is what everything between does.
      let least = Self.nearest(digits, exponent)
      return least == Self.nearest(digits + 1, exponent) ? least : nil
    }
    return Self.quotient(digits, exponent) ?? Self.nearest(digits, exponent) ?? shortest()
  }

  /// Without the zeros at its end, which may let the exact way decide.
  private func shortest() -> Double? {
    var (digits, exponent) = (digits, exponent)
    while digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    return Self.quotient(digits, exponent)
  }

  /// Clinger's way: both numbers are doubles, so that one operation rounds once.
  private static func quotient(_ digits: UInt64, _ exponent: Int) -> Double? {
    guard digits <= 1 << 53, (-22...22).contains(exponent) else { return nil }
    return exponent < 0 ? Double(digits) / powersOfTen[-exponent] : Double(digits) * powersOfTen[exponent]
  }

  /// 10^0 … 10^22: 5^22 < 2^53, so that these are exact, and so is each product.
  private static let powersOfTen = (1...22).reduce(into: [1.0]) { powers, _ in
    powers.append(powers[powers.count - 1] * 10)
  }

  /// `digits` · 10^`exponent`, `digits` not 0. With the digits shifted to 64 bits and a power T · 2^e of five, their product's upper
  /// 128 bits A bound the number: A ≤ x < A + 2 in its units (T is short by less than one, and A by what is below).
  private static func nearest(_ digits: UInt64, _ exponent: Int) -> Double? {
    guard PowerOfFive.exponents.contains(exponent) else { return nil }
    let power = PowerOfFive.all[exponent - PowerOfFive.exponents.lowerBound]
    let shift = digits.leadingZeroBitCount
    let (product, rest) = multiply(digits << UInt64(shift), power.significand)
    // 53 bits are kept, and the first of `product` is its highest or the one after.
    let dropped = product >> 127 == 1 ? 75 : 74
    guard let mantissa = round(product, dropping: dropped, rest: power.isExact ? rest : nil) else { return nil }
    let highest = exponent + power.exponent + 64 - shift + dropped + 52
    guard (-1022...1023).contains(highest) else { return nil }
    // The mantissa has its leading one, and a carry to 2^53 leaves a fraction of zero: both add one to the exponent.
    let value = Double(bitPattern: (UInt64(highest + 1022) << 52) + mantissa)
    return value.isFinite ? value : nil
  }

  /// The upper 128 of the 192 bits of the product, and the others.
  private static func multiply(_ left: UInt64, _ right: UInt128) -> (upper: UInt128, rest: UInt64) {
    let low = UInt64(truncatingIfNeeded: right).multipliedFullWidth(by: left)
    let high = UInt64(truncatingIfNeeded: right >> 64).multipliedFullWidth(by: left)
    // (2^64 − 1)² + 2^64 − 1 < 2^128.
    return ((UInt128(high.high) << 64 | UInt128(high.low)) + UInt128(low.high), low.low)
  }

  /// The upper bits of a number x, rounded to nearest: `upper` and `rest` are x exactly, or where there is no `rest`,
  /// `upper` ≤ x < `upper` + 2. nil where that does not decide.
  private static func round(_ upper: UInt128, dropping count: Int, rest: UInt64?) -> UInt64? {
    let half = UInt128(1) << UInt128(count - 1)
    let fraction = upper & ((half << 1) - 1)
    let kept = UInt64(truncatingIfNeeded: upper >> UInt128(count))
    guard let rest else {
      if fraction > half { return kept + 1 }
      return fraction + 2 <= half ? kept : nil
    }
    guard fraction == half, rest == 0 else { return fraction >= half ? kept + 1 : kept }
    return kept + (kept & 1)
  }
}
