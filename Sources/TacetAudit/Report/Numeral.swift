import Foundation

/// Numbers as a reader sees them: no locale, a dash where there is none.
enum Numeral {
  /// What stands where a figure does not exist.
  static let absent = "–"

  /// With `decimals` digits after the point; large and tiny magnitudes in scientific form.
  static func fixed(_ value: Double?, _ decimals: Int) -> String {
    guard let value, value.isFinite else { return absent }
    guard abs(value) < 1e7 else { return String(format: "%.2e", value) }
    let text = String(format: "%.\(decimals)f", value)
    return text.hasPrefix("-") && !text.contains(where: { ("1"..."9").contains($0) }) ? String(text.dropFirst()) : text
  }

  /// With so many decimals, and a sign: `+0.10`, `−0.23`; a change that rounds to none is `0.00`.
  static func signed(_ value: Double, _ decimals: Int) -> String {
    let size = fixed(abs(value), decimals)
    guard Double(size) != 0 else { return size }
    return (value < 0 ? "−" : "+") + size
  }

  /// With three or four significant digits, as a person would write it.
  static func figure(_ value: Double?) -> String {
    guard let value, value.isFinite else { return absent }
    let size = abs(value)
    if size != 0, size < 0.001 { return String(format: "%.2g", value) }
    return size >= 1000 ? whole(value) : fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : 2)
  }

  /// Short: 1e-06 as 1e-6, 0.5 as 0.5.
  static func short(_ value: Double) -> String {
    guard value.isFinite else { return absent }
    return String(format: "%g", value)
      .replacingOccurrences(of: "e-0", with: "e-").replacingOccurrences(of: "e+0", with: "e")
  }

  /// A whole number with thousands separated.
  static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// Rounded to a whole number, thousands separated.
  static func whole(_ value: Double?) -> String {
    guard let value, value.isFinite else { return absent }
    return abs(value) < 1e15 ? grouped(Int(value.rounded())) : fixed(value, 0)
  }

  /// Percent, one decimal.
  static func percent(_ value: Double?) -> String {
    value == nil ? absent : fixed(value, 1) + " %"
  }

  /// A length of time, in the unit a person would use.
  static func duration(seconds: Double?) -> String {
    guard let seconds, seconds.isFinite else { return absent }
    if seconds < 120 { return figure(seconds) + " s" }
    return seconds < 7200 ? fixed(seconds / 60, 1) + " min" : fixed(seconds / 3600, 1) + " h"
  }
}
