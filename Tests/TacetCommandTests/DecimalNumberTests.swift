import Foundation
import Testing

@testable import tacet

/// Numbers as `privacy epsilon` reads them are those of `strtod`, to the last bit.
@Suite struct DecimalNumberTests {
  /// A kind of number that is hard in its own way.
  enum Kind: CaseIterable {
    case seventeenDigits, shortest, short, halfway, subnormal, huge, long, trailingZeros, edges

    /// Of random bits, as text.
    func number(_ random: () -> UInt64) -> String {
      switch self {
      case .seventeenDigits: String(format: "%.17g", Self.double(random()))
      case .shortest: Self.double(random()).description
      case .short: "\(random() % 100_000).\(random() % 10_000)"
      case .halfway: Self.halfway(random(), random() % 3)
      case .subnormal: String(format: "%.*e", Int32(random() % 25), Double(bitPattern: random() >> 12))
      case .huge: "\(1 + random() % 99)\(random())e\(280 + random() % 12)"
      case .long: "\(random() % 10).\(random())\(random())\(random())e\(Int(random() % 640) - 330)"
      case .trailingZeros: "\(random() % 4096).\(["5", "25", "125", "0", "1"][Int(random() % 5)])00000000000000000"
      case .edges: "\(Self.beginnings[Int(random() % 8)])\(random() % 1000)e\(Int(random() % 660) - 345)"
      }
    }

    /// Any finite double but the sign.
    private static func double(_ bits: UInt64) -> Double {
      let value = Double(bitPattern: bits >> 1)
      return value.isFinite ? value : 1
    }

    /// Exactly between two doubles, or one digit in the last of 768 beside it.
    private static func halfway(_ bits: UInt64, _ side: UInt64) -> String {
      // m + ½ for 53-bit m, times 2^e: a whole number, or one with few digits behind the point.
      let (mantissa, power) = (bits >> 11 | 1 << 52, Int(bits & 15))
      let whole = UInt128(2 * mantissa + 1) << UInt128(power)
      return ["\(whole)", "\(whole).\(String(repeating: "0", count: 30))1", "\(whole - 1).99999999"][Int(side)]
    }

    private static let beginnings = [
      "9007199254740993", "9007199254740992", "9999999999999999999", "1000000000000000000", "0.00000",
      "17976931348623157",
      "4.9", "22250738585072011",
    ]
  }

  /// 1 080 000 numbers in all.
  @Test(arguments: Kind.allCases) func theNearestDoubleIsThatOfTheLibrary(kind: Kind) throws {
    var state: UInt64 = 20_211_014
    func random() -> UInt64 {
      // Steele, Lea and Flood's SplitMix64.
      state &+= 0x9e37_79b9_7f4a_7c15
      var bits = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
      bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
      return bits ^ bits >> 31
    }
    for _ in 0..<120 {
      let numbers = (0..<1000).map { _ in kind.number(random) }.filter { strtod($0, nil).isFinite }
      var scanner = JSONScanner(Array("[-\(numbers.joined(separator: ",-"))]".utf8))
      var values: [Double] = []
      try scanner.array { scanner throws in values.append(try scanner.number()) }
      let expected = numbers.map { -strtod($0, nil) }
      try #require(values.count == expected.count)
      for index in values.indices where values[index].bitPattern != expected[index].bitPattern {
        Issue.record("\(numbers[index]) was read as \(values[index]), not \(expected[index])")
      }
    }
  }

  /// Else `strtod` would do the work, and slowly: of numbers with 17 digits none is left to it.
  @Test func seventeenDigitsDecide() {
    for exponent in -290...290 {
      var decimal = DecimalNumber()
      for digit: UInt8 in [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7] { decimal.append(digit) }
      decimal.scale(by: exponent)
      #expect(decimal.nearest == Double("12345678901234567e\(exponent)"))
    }
  }

  @Test(arguments: ["1e400", "1e99999999999999999999", "179769313486231580793e289"])
  func whatNoDoubleHoldsIsRefused(number: String) {
    var scanner = JSONScanner(Array("[\(number)]".utf8))
    #expect(throws: ReleaseHistoryError.self) {
      try scanner.array { scanner throws in _ = try scanner.number() }
    }
  }
}
