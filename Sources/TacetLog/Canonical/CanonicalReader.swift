import Foundation

/// Reads what ``CanonicalWriter`` wrote, member by member in the order of the keys, and nothing else: each byte is either
/// what the writer would have put there or the reading fails.
package struct CanonicalReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// At the beginning of an object.
  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// Whether the next member has this key.
  package func isAt(_ key: StaticString) -> Bool {
    var copy = self
    return copy.begin(key)
  }

  /// The next member, which must be a number under `key`; nil when it is not.
  package mutating func integer(_ key: StaticString) -> UInt64? {
    guard begin(key) else { return nil }
    let start = position
    var value: UInt64 = 0
    while position < bytes.endIndex, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
      let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = shifted.addingReportingOverflow(UInt64(digit))
      guard !overflowed, !carried else { return nil }
      value = sum
      position += 1
    }
    // One spelling: at least a digit, and no zero before others.
    guard position > start, position == start + 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
    return value
  }

  /// The next member, which must be a plain string under `key`; nil when it is not.
  package mutating func string(_ key: StaticString) -> String? {
    guard begin(key), take(UInt8(ascii: "\"")) else { return nil }
    let start = position
    while position < bytes.endIndex, CanonicalWriter.isPlain(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return take(UInt8(ascii: "\"")) ? text : nil
  }

  /// Whether the object ends here, and the bytes with it.
  package mutating func isFinished() -> Bool {
    take(UInt8(ascii: "}")) && position == bytes.endIndex
  }

  private mutating func begin(_ key: StaticString) -> Bool {
    guard take(UInt8(ascii: position == bytes.startIndex ? "{" : ",")), take(UInt8(ascii: "\"")) else { return false }
    let length = key.utf8CodeUnitCount
    guard bytes.endIndex - position >= length, isNext(key, length: length) else { return false }
    position += length
    return take(UInt8(ascii: "\"")) && take(UInt8(ascii: ":"))
  }

  /// Whether `key` stands here; there are at least `length` bytes.
  private func isNext(_ key: StaticString, length: Int) -> Bool {
    bytes.withUnsafeBufferPointer { buffer in
      key.withUTF8Buffer { name in
        guard let here = buffer.baseAddress, let wanted = name.baseAddress else { return length == 0 }
        return memcmp(here + (position - bytes.startIndex), wanted, length) == 0
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.endIndex, bytes[position] == byte else { return false }
    position += 1
    return true
  }
}
