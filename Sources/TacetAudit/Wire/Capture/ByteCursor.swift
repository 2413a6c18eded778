/// Reads numbers off bytes; nil beyond their end, whatever they say of themselves.
struct ByteCursor {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

  mutating func skip(_ count: Int) -> Bool { take(count) != nil }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// The most significant byte first, or last.
  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
    _: Number.Type = Number.self, isLittleEndian: Bool = false
  ) -> Number? {
    guard let bytes = take(MemoryLayout<Number>.size) else { return nil }
    var value: Number = 0
    for (place, byte) in bytes.enumerated() {
      value |= Number(byte) << (8 * (isLittleEndian ? place : bytes.count - 1 - place))
    }
    return value
  }

  mutating func byte() -> UInt8? { number() }
  mutating func short() -> UInt16? { number() }
  mutating func word() -> UInt32? { number() }
}
