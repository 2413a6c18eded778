import Foundation

/// A scale with round tick values that covers its data.
struct Axis {
  let lower: Double
  let upper: Double
  let ticks: [Double]
  private let decimals: Int
  private var isDecades = false

  /// Ticks at multiples of 1, 2 or 5 times a power of ten, about `count` of them.
  init(covering values: [Double], count: Int) {
    self.init(covering: values, count: count) { raw in
      let magnitude = pow(10, floor(log10(raw)))
      return ([1, 2, 5].first { raw <= $0 * magnitude * 1.0001 } ?? 10) * magnitude
    }
  }

  /// Ticks of a time axis, where 15, 30 and 60 are rounder than 20 and 50.
  init(ofMinutes values: [Double], count: Int) {
    let steps: [Double] = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440]
    self.init(covering: values, count: count) { raw in
      steps.first { raw <= $0 } ?? ceil(raw / 1440) * 1440
    }
  }

  /// Ticks at powers of ten, whose logarithms the values are.
  init(ofDecades values: [Double]) {
    self.init(covering: values, count: 1) { _ in 1 }
    isDecades = true
  }

  private init(covering values: [Double], count: Int, step choose: (Double) -> Double) {
    let finite = values.filter { $0.isFinite && abs($0) < 1e15 }
    var low = finite.min() ?? 0
    var high = finite.max() ?? 1
    if high - low <= max(abs(high), abs(low)) * 1e-9 {
      (low, high) = low == 0 ? (0, 1) : (min(low, 0), max(high, 0))
    }
    let step = choose((high - low) / Double(max(count, 1)))
    lower = floor(low / step + 1e-9) * step
    upper = ceil(high / step - 1e-9) * step
    let first = lower
    ticks = (0...Int(((upper - lower) / step).rounded())).map { first + Double($0) * step }
    decimals = Self.decimals(for: step)
  }

  /// The fewest digits that tell neighbouring ticks apart without rounding them.
  private static func decimals(for step: Double) -> Int {
    (0...6).first { digits in
      let scaled = step * pow(10, Double(digits))
      return abs(scaled - scaled.rounded()) < 1e-6 * max(scaled, 1) && scaled >= 1 - 1e-6
    } ?? 6
  }

  func label(_ tick: Double) -> String {
    isDecades ? Self.power(Int(tick.rounded())) : Numeral.fixed(tick, decimals)
  }

  /// A power of ten, in few characters.
  private static func power(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    guard exponent < -2 || exponent > 3 else { return Numeral.short(pow(10, Double(exponent))) }
    return (exponent < 0 ? "10⁻" : "10")
      + String(String(exponent.magnitude).compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }

  /// Where `value` lies, 0 at the lower end and 1 at the upper; held to the scale.
  func fraction(_ value: Double) -> Double {
    min(max((value - lower) / (upper - lower), 0), 1)
  }
}
