/// How to fill a gap of a given size with the fields `filler` (14) and `padding` (15).
///
/// `padding` of n bytes takes 1 + (length of the varint n) + n, so the sizes 1 and 2 and one more at each power of 128
/// are out of its reach. `filler` is always there and takes 1 + (1, 2 or 3), which reaches them:
/// every gap from ``smallestGap`` upwards can be filled exactly.
struct Fill: Hashable {
  /// The value of `filler`.
  let filler: UInt32
  /// The length of `padding` in bytes; 0: the field is absent.
  let padding: Int

  /// The length of the shortest `filler` field.
  static let smallestGap = 2

  /// - Parameter gap: bytes to fill.
  /// - Returns: nil when the gap is too small.
  init?(gap: Int) {
    // One value for each length of a varint from 1 to 3 bytes.
    for (extra, filler) in [UInt32(1), 128, 16_384].enumerated() {
      let rest = gap - Self.smallestGap - extra
      guard rest >= 0 else { return nil }
      guard let padding = Self.padding(filling: rest) else { continue }
      self.filler = filler
      self.padding = padding
      return
    }
    return nil
  }

  /// The length of a `padding` field that takes exactly `size` bytes with tag and length prefix, if there is one.
  private static func padding(filling size: Int) -> Int? {
    if size == 0 { return 0 }
    for prefix in 1...5 {
      let count = size - 1 - prefix
      if count >= 1, varintLength(count) == prefix { return count }
    }
    return nil
  }

  /// Seven bits a byte.
  private static func varintLength(_ value: Int) -> Int {
    max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
  }
}
