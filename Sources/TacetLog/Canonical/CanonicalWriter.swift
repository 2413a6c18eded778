/// Writes a flat JSON object in its one canonical spelling: no white space, values that are unsigned integers or strings of
/// printable ASCII without `"` and `\`. The caller names the keys in the order of their bytes, once each.
package struct CanonicalWriter {
  /// Of 2⁶⁴ − 1.
  private static let mostDigits = 20

  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  package init() {
    bytes.reserveCapacity(256)
  }

  /// The next member, a number.
  package mutating func integer(_ key: StaticString, _ value: UInt64) {
    begin(key)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.mostDigits) { digits in
      var (rest, start) = (value, Self.mostDigits)
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: digits[start...]))
    }
  }

  /// The next member, a string that is plain (see ``isPlain(_:)``).
  package mutating func string(_ key: StaticString, _ value: String) {
    begin(key)
    bytes.append(UInt8(ascii: "\""))
    var value = value
    value.withUTF8 { bytes += $0 }
    bytes.append(UInt8(ascii: "\""))
  }

  /// The whole object.
  package consuming func finished() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// Whether a string may contain this byte.
  package static func isPlain(_ byte: UInt8) -> Bool {
    (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func begin(_ key: StaticString) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }
}
