/// Reads the classic format of libpcap (draft-ietf-opsawg-pcap), in either byte order, with microseconds or nanoseconds.
struct PcapReader {
  private var source: ByteSource
  private let isLittleEndian: Bool
  private let nanosecondsPerUnit: Int64
  private let linkType: UInt32

  /// The magic number's bytes, and what they say.
  private static let magics: [[UInt8]: (isLittleEndian: Bool, nanosecondsPerUnit: Int64)] = [
    [0xa1, 0xb2, 0xc3, 0xd4]: (false, 1000), [0xd4, 0xc3, 0xb2, 0xa1]: (true, 1000),
    [0xa1, 0xb2, 0x3c, 0x4d]: (false, 1), [0x4d, 0x3c, 0xb2, 0xa1]: (true, 1),
  ]

  /// - Parameter magic: the file's first four bytes, taken already.
  /// - Returns: nil for another format.
  init?(_ source: ByteSource, magic: [UInt8]) throws(CaptureError) {
    guard let (isLittleEndian, unit) = Self.magics[magic] else { return nil }
    self.source = source
    self.isLittleEndian = isLittleEndian
    nanosecondsPerUnit = unit
    guard let header = try self.source.take(20) else {
      throw .malformed(source.name, at: source.offset, "the file ends within its header")
    }
    var cursor = ByteCursor(header)
    guard cursor.skip(16), let network: UInt32 = cursor.number(isLittleEndian: isLittleEndian) else {
      throw .malformed(source.name, at: source.offset, "the file ends within its header")
    }
    // The upper bits tell of a frame check sequence.
    linkType = network & 0x0fff_ffff
  }

  /// The next packet; nil at the end.
  mutating func next() throws(CaptureError) -> CaptureEvent? {
    guard let header = try source.take(16) else { return nil }
    var cursor = ByteCursor(header)
    guard let seconds: UInt32 = cursor.number(isLittleEndian: isLittleEndian),
      let fraction: UInt32 = cursor.number(isLittleEndian: isLittleEndian),
      let kept: UInt32 = cursor.number(isLittleEndian: isLittleEndian),
      let length: UInt32 = cursor.number(isLittleEndian: isLittleEndian)
    else { return nil }
    guard let bytes = try source.take(Int(kept)) else {
      throw .malformed(source.name, at: source.offset, "the file ends here, within a packet")
    }
    let time = Int64(seconds) * 1_000_000_000 + Int64(fraction) * nanosecondsPerUnit
    return .packet(CapturedPacket(linkType: linkType, time: time, bytes: bytes, isCut: kept < length))
  }
}
