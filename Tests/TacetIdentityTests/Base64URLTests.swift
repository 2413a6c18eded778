import Foundation
import Testing

@testable import TacetIdentity

/// Base64 for URLs: of each value one spelling.
@Suite struct Base64URLTests {
  @Test func backAndForth() {
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
      let text = Base64URL.text(bytes)
      #expect(Base64URL.bytes(text) == bytes)
      let padded = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
      #expect(Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)) == Data(bytes))
    }
    #expect(Base64URL.bytes("-_-_") == [0xFB, 0xFF, 0xBF])
  }

  @Test(arguments: ["A", "AAAAA", "AB", "AAB", "AA==", "AAA=", "A+AA", "A/AA", "A AA", "AA\n", "AAÄ", "A\u{0}AA"])
  func noOtherSpelling(text: String) {
    #expect(Base64URL.bytes(text) == nil)
  }

  /// Whatever is read is exactly what would be written.
  @Test func everyPairOfDigits() {
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max {
        guard let bytes = Base64URL.bytes([first, second]) else { continue }
        #expect(Array(Base64URL.text(bytes).utf8) == [first, second])
      }
    }
  }
}
