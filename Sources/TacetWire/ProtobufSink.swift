/// Where the fields of a message go: to be counted, or written.
protocol ProtobufSink {
  mutating func append(_ byte: UInt8)
  mutating func append(_ bytes: UnsafeRawBufferPointer)
  mutating func appendZeros(_ count: Int)
}

/// Counts bytes.
struct ByteCounter: ProtobufSink {
  private(set) var count = 0

  mutating func append(_ byte: UInt8) { count += 1 }
  mutating func append(_ bytes: UnsafeRawBufferPointer) { count += bytes.count }
  mutating func appendZeros(_ zeros: Int) { count += zeros }
}

/// Writes into an array of a known length; what does not fit is counted and left out.
struct ByteWriter: ProtobufSink {
  /// Zeros where nothing was written.
  private(set) var bytes: [UInt8]
  private(set) var count = 0

  init(_ length: Int) { bytes = [UInt8](repeating: 0, count: length) }

  mutating func append(_ byte: UInt8) {
    if count < bytes.count { bytes[count] = byte }
    count += 1
  }

  mutating func append(_ source: UnsafeRawBufferPointer) {
    let start = count
    count += source.count
    guard count <= bytes.count else { return }
    bytes.withUnsafeMutableBytes { UnsafeMutableRawBufferPointer(rebasing: $0[start...]).copyMemory(from: source) }
  }

  mutating func appendZeros(_ zeros: Int) { count += zeros }
}

// The wire types of protobuf's encoding; fields of the default value are left out by who calls.
extension ProtobufSink {
  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func field(_ number: UInt64, varint value: UInt64) {
    varint(number << 3)
    varint(value)
  }

  mutating func field(_ number: UInt64, fixed64 value: UInt64) {
    varint(number << 3 | 1)
    withUnsafeBytes(of: value.littleEndian) { append($0) }
  }

  mutating func field(_ number: UInt64, fixed32 value: UInt32) {
    varint(number << 3 | 5)
    withUnsafeBytes(of: value.littleEndian) { append($0) }
  }

  /// Tag and length of what `count` more bytes follow.
  mutating func field(_ number: UInt64, count: Int) {
    varint(number << 3 | 2)
    varint(UInt64(count))
  }

  mutating func field(_ number: UInt64, bytes: UnsafeRawBufferPointer) {
    field(number, count: bytes.count)
    append(bytes)
  }

  mutating func field(_ number: UInt64, text: String) {
    var text = text
    text.withUTF8 { field(number, bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Integers one after the other, little-endian.
  mutating func field(_ number: UInt64, words: [some FixedWidthInteger]) {
    // Whatever this machine's order is, in which one of the two is nothing to do.
    let words = 1.littleEndian == 1 ? words : words.map(\.littleEndian)
    words.withUnsafeBytes { field(number, bytes: $0) }
  }
}
