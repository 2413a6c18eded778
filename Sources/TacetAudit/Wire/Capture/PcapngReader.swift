/// Reads the format pcapng (draft-ietf-opsawg-pcapng): any number of sections, each in its own byte order and with its own
/// interfaces; packets of enhanced and simple packet blocks, losses of interface statistics; other blocks are skipped.
struct PcapngReader {
  /// The first bytes of a section header block, the same in both byte orders.
  static let magic: [UInt8] = [0x0a, 0x0d, 0x0d, 0x0a]
  private static let byteOrderMagic: UInt32 = 0x1a2b_3c4d
  /// The most interfaces of a section.
  private static let mostInterfaces = 4096

  private struct Interface {
    let linkType: UInt32
    let snapLength: UInt32
    var ticks = Ticks.decimal(6)
    var offsetSeconds: Int64 = 0
    var dropped: UInt64 = 0
  }

  /// How long a unit of a time stamp is: 10⁻ⁿ or 2⁻ⁿ seconds.
  private enum Ticks {
    case decimal(Int)
    case binary(Int)

    func nanoseconds(_ count: UInt64) -> Int64? {
      switch self {
      case .decimal(let digits) where digits <= 9:
        let (product, overflow) = count.multipliedReportingOverflow(by: Self.powerOfTen(9 - digits))
        return overflow ? nil : Int64(exactly: product)
      case .decimal(let digits):
        return digits - 9 <= 19 ? Int64(exactly: count / Self.powerOfTen(digits - 9)) : 0
      case .binary(let bits):
        let (high, low) = count.multipliedFullWidth(by: 1_000_000_000)
        guard bits < 64 else { return bits < 128 ? Int64(exactly: high >> (bits - 64)) : 0 }
        guard high >> bits == 0 else { return nil }
        return Int64(exactly: bits == 0 ? low : high << (64 - bits) | low >> bits)
      }
    }

    private static func powerOfTen(_ digits: Int) -> UInt64 { (0..<digits).reduce(1) { product, _ in product * 10 } }
  }

  private var source: ByteSource
  private var isLittleEndian = false
  private var interfaces: [Interface] = []
  private var isAtBeginning = true

  /// - Parameter source: after the file's first four bytes, which were ``magic``.
  init(_ source: ByteSource) { self.source = source }

  /// The next packet, or loss; nil at the end.
  mutating func next() throws(CaptureError) -> CaptureEvent? {
    while let (type, body) = try block() {
      switch type {
      case 1: try addInterface(body)
      case 5: if let loss = statistics(body) { return loss }
      case 6: return try enhancedPacket(body)
      case 3: return try simplePacket(body)
      default: continue
      }
    }
    return nil
  }

  // MARK: Blocks

  /// Type and content of the next block that is no section header; section headers are taken note of.
  private mutating func block() throws(CaptureError) -> (UInt32, ByteCursor)? {
    while true {
      if isAtBeginning {
        isAtBeginning = false
        try beginSection()
        continue
      }
      guard let start = try source.take(4) else { return nil }
      if start == Self.magic {
        try beginSection()
        continue
      }
      guard let type: UInt32 = number(start), let length: UInt32 = try source.take(4).flatMap(number) else {
        throw malformed("the file ends within a block")
      }
      let body = try content(length: length, headerBytes: 8)
      return (type, ByteCursor(body))
    }
  }

  /// What is between a block's header and the length at its end, which must be the same as the one at its beginning.
  private mutating func content(length: UInt32, headerBytes: Int) throws(CaptureError) -> [UInt8] {
    guard length >= UInt32(headerBytes + 4), length % 4 == 0 else {
      throw malformed("a block has an impossible length, \(length)")
    }
    guard let body = try source.take(Int(length) - headerBytes - 4), let trailer = try source.take(4) else {
      throw malformed("the file ends within a block")
    }
    guard number(trailer) == length else { throw malformed("a block's two lengths differ") }
    return body
  }

  private mutating func beginSection() throws(CaptureError) {
    guard let length = try source.take(4), let order = try source.take(4) else {
      throw malformed("the file ends within a section's header")
    }
    isLittleEndian = true
    if number(order) != Self.byteOrderMagic {
      isLittleEndian = false
      guard number(order) == Self.byteOrderMagic else { throw malformed("a section has no byte order") }
    }
    guard let length = number(length) else { throw malformed("the file ends within a section's header") }
    _ = try content(length: length, headerBytes: 12)
    interfaces = []
  }

  private mutating func addInterface(_ body: ByteCursor) throws(CaptureError) {
    var body = body
    guard interfaces.count < Self.mostInterfaces else { throw malformed("more than \(Self.mostInterfaces) interfaces") }
    guard let type: UInt16 = body.number(isLittleEndian: isLittleEndian), body.skip(2),
      let snap: UInt32 = body.number(isLittleEndian: isLittleEndian)
    else { throw malformed("an interface's description is too short") }
    var interface = Interface(linkType: UInt32(type), snapLength: snap)
    for (code, value) in options(&body) {
      var value = ByteCursor(value)
      if code == 9, let resolution = value.byte() {
        interface.ticks = resolution & 0x80 == 0 ? .decimal(Int(resolution)) : .binary(Int(resolution & 0x7f))
      } else if code == 14, let offset: UInt64 = value.number(isLittleEndian: isLittleEndian) {
        interface.offsetSeconds = Int64(bitPattern: offset)
      }
    }
    interfaces.append(interface)
  }

  private func options(_ body: inout ByteCursor) -> [(UInt16, ArraySlice<UInt8>)] {
    var found: [(UInt16, ArraySlice<UInt8>)] = []
    while let code: UInt16 = body.number(isLittleEndian: isLittleEndian), code != 0,
      let length: UInt16 = body.number(isLittleEndian: isLittleEndian), let value = body.take(Int(length))
    {
      found.append((code, value))
      guard body.skip((4 - Int(length) % 4) % 4) else { break }
    }
    return found
  }

  /// Losses since the last block of this kind.
  private mutating func statistics(_ body: ByteCursor) -> CaptureEvent? {
    var body = body
    guard let number: UInt32 = body.number(isLittleEndian: isLittleEndian), body.skip(8),
      interfaces.indices.contains(Int(number))
    else { return nil }
    var lost: UInt64 = 0
    // What the interface lost, and what the operating system did.
    for (code, value) in options(&body) where code == 5 || code == 7 {
      var value = ByteCursor(value)
      lost = lost.addingReportingOverflow(value.number(isLittleEndian: isLittleEndian) ?? 0).partialValue
    }
    let before = interfaces[Int(number)].dropped
    guard lost > before else { return nil }
    interfaces[Int(number)].dropped = lost
    return .dropped(lost - before)
  }

  private func enhancedPacket(_ body: ByteCursor) throws(CaptureError) -> CaptureEvent {
    var body = body
    guard let number: UInt32 = body.number(isLittleEndian: isLittleEndian),
      let high: UInt32 = body.number(isLittleEndian: isLittleEndian),
      let low: UInt32 = body.number(isLittleEndian: isLittleEndian),
      let kept: UInt32 = body.number(isLittleEndian: isLittleEndian),
      let length: UInt32 = body.number(isLittleEndian: isLittleEndian), let bytes = body.take(Int(kept))
    else { throw malformed("a packet is longer than its block") }
    let lost = body.skip((4 - bytes.count % 4) % 4) ? lostBefore(&body) : 0
    guard interfaces.indices.contains(Int(number)) else { throw malformed("a packet is of no interface") }
    let interface = interfaces[Int(number)]
    let (offset, overflow) = interface.offsetSeconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard let time = interface.ticks.nanoseconds(UInt64(high) << 32 | UInt64(low)), !overflow else {
      throw malformed("a packet's time is beyond all calendars")
    }
    let (moment, isBeyond) = time.addingReportingOverflow(offset)
    guard !isBeyond else { throw malformed("a packet's time is beyond all calendars") }
    return .packet(
      CapturedPacket(
        linkType: interface.linkType, time: moment, bytes: Array(bytes), isCut: kept < length, lostBefore: lost))
  }

  /// What a packet's options say of losses since the one before.
  private func lostBefore(_ body: inout ByteCursor) -> UInt64 {
    guard let (_, value) = options(&body).first(where: { $0.0 == 4 }) else { return 0 }
    var cursor = ByteCursor(value)
    return cursor.number(isLittleEndian: isLittleEndian) ?? 0
  }

  /// A packet without a time: of no use for what is judged here but for its sizes.
  private func simplePacket(_ body: ByteCursor) throws(CaptureError) -> CaptureEvent {
    var body = body
    guard let interface = interfaces.first, let length: UInt32 = body.number(isLittleEndian: isLittleEndian) else {
      throw malformed("a packet is of no interface")
    }
    let kept = min(length, interface.snapLength == 0 ? length : interface.snapLength)
    guard let bytes = body.take(Int(kept)) else { throw malformed("a packet is longer than its block") }
    return .packet(
      CapturedPacket(
        linkType: interface.linkType, time: 0, bytes: Array(bytes), isCut: kept < length, isTimed: false))
  }

  private func number(_ bytes: [UInt8]) -> UInt32? {
    var cursor = ByteCursor(bytes)
    return cursor.number(isLittleEndian: isLittleEndian)
  }

  private func malformed(_ problem: String) -> CaptureError { .malformed(source.name, at: source.offset, problem) }
}
