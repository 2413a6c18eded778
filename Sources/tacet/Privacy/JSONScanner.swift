import Foundation

/// Reads the little JSON (RFC 8259) that a history is made of, from the front: objects with plain keys, arrays, numbers.
struct JSONScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) {
    bytes = text
  }

  /// The byte at the position; a NUL, which is part of no token, behind the last.
  private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

  /// An object; `member` reads the value of each key.
  mutating func object(_ member: (_ key: String, _ scanner: inout JSONScanner) throws -> Void) throws {
    try expect(UInt8(ascii: "{"))
    if take(UInt8(ascii: "}")) { return }
    repeat {
      let key = try key()
      try expect(UInt8(ascii: ":"))
      try member(key, &self)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// An array; `element` reads each.
  mutating func array(_ element: (_ scanner: inout JSONScanner) throws -> Void) throws {
    try expect(UInt8(ascii: "["))
    if take(UInt8(ascii: "]")) { return }
    repeat { try element(&self) } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
  }

  /// A number (RFC 8259, section 6), as the nearest double; one too large for that is refused.
  mutating func number() throws -> Double {
    skipSpace()
    let start = position
    var decimal = DecimalNumber()
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let whole = digits(into: &decimal)
    guard whole == 1 || (whole > 1 && bytes[position - whole] != UInt8(ascii: "0")) else { throw unexpected() }
    if current == UInt8(ascii: ".") {
      position += 1
      let count = digits(into: &decimal)
      guard count > 0 else { throw unexpected() }
      decimal.scale(by: -count)
    }
    if current | 0x20 == UInt8(ascii: "e") {
      position += 1
      decimal.scale(by: try exponent())
    }
    if let nearest = decimal.nearest { return isNegative ? -nearest : nearest }
    return try hardNumber(from: start)
  }

  /// The number that begins at `start` and ends here, by the C library.
  private func hardNumber(from start: Int) throws -> Double {
    // strtod stops at the byte that ends the number, so there must be one.
    guard position < bytes.count else { throw unexpected() }
    let value = bytes.withUnsafeBytes { raw in
      raw.baseAddress.map { strtod($0.advanced(by: start).assumingMemoryBound(to: CChar.self), nil) } ?? .nan
    }
    guard value.isFinite else { throw ReleaseHistoryError("the number at byte \(start + 1) is too large") }
    return value
  }

  /// Nothing but white space is left.
  mutating func end() throws {
    skipSpace()
    guard position == bytes.count else { throw unexpected() }
  }

  /// A key: printable ASCII without escapes, since no key that is known has any.
  private mutating func key() throws -> String {
    try expect(UInt8(ascii: "\""))
    let start = position
    while (0x20...0x7E).contains(current), current != UInt8(ascii: "\""),
      current != UInt8(ascii: "\\")
    {
      position += 1
    }
    let end = position
    guard current == UInt8(ascii: "\"") else { throw unexpected() }
    position += 1
    return String(decoding: bytes[start..<min(end, start + 40)], as: UTF8.self)
  }

  private mutating func digits(into decimal: inout DecimalNumber) -> Int {
    let start = position
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(current) {
      decimal.append(current - UInt8(ascii: "0"))
      position += 1
    }
    return position - start
  }

  /// What follows the letter e. Beyond 2^40 it is any that large, which a line (2^30 bytes) has too few digits to undo.
  private mutating func exponent() throws -> Int {
    let isNegative = current == UInt8(ascii: "-")
    if isNegative || current == UInt8(ascii: "+") { position += 1 }
    let start = position
    var value = 0
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(current) {
      if value < 1 << 40 { value = 10 * value + Int(current - UInt8(ascii: "0")) }
      position += 1
    }
    guard position > start else { throw unexpected() }
    return isNegative ? -value : value
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard take(byte) else { throw unexpected() }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard current == byte else { return false }
    position += 1
    return true
  }

  /// A NUL is no space and no character of any token, so no reading goes past the last byte.
  private mutating func skipSpace() {
    while current == 0x20 || current == 0x09 || current == 0x0D || current == 0x0A {
      position += 1
    }
  }

  private func unexpected() -> ReleaseHistoryError {
    position >= bytes.count
      ? ReleaseHistoryError("the line ends too early")
      : ReleaseHistoryError("byte \(position + 1) is not what JSON has there")
  }
}
