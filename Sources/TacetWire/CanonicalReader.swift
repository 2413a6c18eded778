/// Bytes are not in the one form that is read here; they may be right in another.
struct NotCanonical: Error {}

/// Reads protobuf in its canonical form from front to back; every index is checked.
struct CanonicalReader {
  /// How a field is encoded.
  enum WireType: Int {
    case varint = 0
    case fixed64 = 1
    case counted = 2
    case fixed32 = 5
  }

  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  init(_ bytes: [UInt8]) {
    self.init(bytes, 0..<bytes.count)
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// Whether everything was read.
  var isAtEnd: Bool { position == end }

  /// Passes a tag, when it is the next.
  mutating func take(_ field: Int, _ type: WireType) -> Bool {
    let tag = field << 3 | type.rawValue
    if tag < 0x80 {
      guard position < end, bytes[position] == UInt8(tag) else { return false }
      position += 1
      return true
    }
    guard end - position >= 2, bytes[position] == UInt8(tag & 0x7F | 0x80), bytes[position + 1] == UInt8(tag >> 7)
    else { return false }
    position += 2
    return true
  }

  /// A varint of the shortest form, at most `limit`.
  mutating func varint(upTo limit: UInt64 = .max) throws(NotCanonical) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, through: 63, by: 7) {
      guard position < end else { throw NotCanonical() }
      let byte = bytes[position]
      position += 1
      let part = UInt64(byte & 0x7F)
      guard (part << shift) >> shift == part else { throw NotCanonical() }
      value |= part << shift
      if byte < 0x80 {
        guard byte != 0 || shift == 0, value <= limit else { throw NotCanonical() }
        return value
      }
    }
    throw NotCanonical()
  }

  /// A little-endian integer.
  mutating func fixed<Word: FixedWidthInteger>(_: Word.Type) throws(NotCanonical) -> Word {
    let width = MemoryLayout<Word>.size
    guard end - position >= width else { throw NotCanonical() }
    defer { position += width }
    return bytes.withUnsafeBytes {
      // Within bounds: checked above.
      Word(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Word.self))
    }
  }

  /// A length, and where the bytes are that it counts; passes them.
  private mutating func range() throws(NotCanonical) -> Range<Int> {
    let count = try varint(upTo: UInt64(end - position))
    // The length itself has taken room.
    guard count <= UInt64(end - position) else { throw NotCanonical() }
    defer { position += Int(count) }
    return position..<position + Int(count)
  }

  /// A reader of the bytes that a length counts.
  mutating func counted() throws(NotCanonical) -> CanonicalReader {
    CanonicalReader(bytes, try range())
  }

  /// UTF-8.
  mutating func text() throws(NotCanonical) -> String {
    guard let text = String(validating: bytes[try range()], as: UTF8.self) else { throw NotCanonical() }
    return text
  }

  /// What is left of the bytes as little-endian integers.
  func words<Word: FixedWidthInteger>(_: Word.Type) throws(NotCanonical) -> [Word] {
    let width = MemoryLayout<Word>.size
    guard (end - position).isMultiple(of: width) else { throw NotCanonical() }
    let count = (end - position) / width
    return bytes.withUnsafeBytes { source in
      let content = UnsafeRawBufferPointer(rebasing: source[position..<end])
      let words = [Word](unsafeUninitializedCapacity: count) { words, initialised in
        UnsafeMutableRawBufferPointer(words).copyMemory(from: content)
        initialised = count
      }
      return 1.littleEndian == 1 ? words : words.map { Word(littleEndian: $0) }
    }
  }
}
