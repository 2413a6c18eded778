/// A whole number of at most 20 octets: what certificates (RFC 5280 §4.1.2.2) and revocation lists (§5.2.3) are numbered by.
///
/// Of fixed size, so that a hundred thousand of them are sorted and searched without a thousand allocations.
public struct SerialNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The most octets.
  public static let mostOctets = 20

  private let high: UInt32
  private let middle: UInt64
  /// The last 64 bits.
  let low: UInt64

  /// - Parameter number: any.
  public init(_ number: UInt64) {
    high = 0
    middle = 0
    low = number
  }

  /// - Parameter octets: the number, most significant octet first, without sign; leading zeros do not count.
  /// - Returns: nil for more than 20 octets.
  public init?(octets: some Collection<UInt8>) {
    let digits = octets.drop { $0 == 0 }
    guard digits.count <= Self.mostOctets else { return nil }
    var (high, middle, low): (UInt64, UInt64, UInt64) = (0, 0, 0)
    for digit in digits {
      high = high << 8 | middle >> 56
      middle = middle << 8 | low >> 56
      low = low << 8 | UInt64(digit)
    }
    self.high = UInt32(truncatingIfNeeded: high)
    self.middle = middle
    self.low = low
  }

  /// - Parameter hexadecimal: 1 to 40 hexadecimal digits, in either case; leading zeros do not count.
  /// - Returns: nil for anything else.
  public init?(hexadecimal text: String) {
    self.init(hexadecimal: text.utf8)
  }

  /// The same of the bytes of a text.
  public init?(hexadecimal digits: some Collection<UInt8>) {
    guard (1...2 * Self.mostOctets).contains(digits.count) else { return nil }
    var (high, middle, low): (UInt64, UInt64, UInt64) = (0, 0, 0)
    let values = Self.values
    var (rest, seen) = (digits.count, UInt8(0))
    for digit in digits {
      let value = values[Int(digit)]
      seen |= value
      rest -= 1
      if rest >= 32 {
        high = high << 4 | UInt64(value)
      } else if rest >= 16 {
        middle = middle << 4 | UInt64(value)
      } else {
        low = low << 4 | UInt64(value)
      }
    }
    guard seen < 16 else { return nil }
    self.high = UInt32(truncatingIfNeeded: high)
    self.middle = middle
    self.low = low
  }

  /// What a byte is worth as a hexadecimal digit, above 15 where it is none. A table, since no processor guesses whether a digit
  /// or a letter comes next.
  private static let values: [UInt8] = (0...UInt8.max).map { byte in
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: UInt8.max
    }
  }

  /// The octets, most significant first, without leading zeros; one zero for zero.
  public var octets: [UInt8] {
    var all: [UInt8] = []
    for shift in stride(from: 24, through: 0, by: -8) { all.append(UInt8(truncatingIfNeeded: high >> UInt32(shift))) }
    for part in [middle, low] {
      for shift in stride(from: 56, through: 0, by: -8) { all.append(UInt8(truncatingIfNeeded: part >> UInt64(shift))) }
    }
    let digits = Array(all.drop { $0 == 0 })
    return digits.isEmpty ? [0] : digits
  }

  /// In lower-case hexadecimal, two digits an octet, as the authority's register has it.
  public var description: String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// By size.
  public static func < (first: SerialNumber, second: SerialNumber) -> Bool {
    (first.high, first.middle, first.low) < (second.high, second.middle, second.low)
  }
}
