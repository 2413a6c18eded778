import Foundation

/// Makes captures byte by byte.
struct CaptureBuilder {
  /// A packet to be captured.
  struct Packet {
    var time: UInt64
    var bytes: [UInt8]
    /// How many of its bytes are kept; nil for all.
    var kept: Int?
  }

  // MARK: Packets

  /// A TCP segment in an IPv4 or IPv6 packet, without a link layer.
  static func segment(
    from source: (host: UInt8, port: UInt16), to destination: (host: UInt8, port: UInt16), sequence: UInt32,
    acknowledgement: UInt32? = nil, flags: UInt8 = 0, payload: [UInt8] = [], isVersion6: Bool = false,
    fragment: UInt16 = 0
  ) -> [UInt8] {
    var tcp = big(source.port) + big(destination.port) + big(sequence) + big(acknowledgement ?? 0)
    // Header of 24 bytes: one option word.
    tcp += [6 << 4, flags | (acknowledgement == nil ? 0 : 16)] + big(UInt16(65535)) + [0, 0, 0, 0] + [1, 1, 1, 1]
    tcp += payload
    if isVersion6 {
      let prefix: [UInt8] = [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11)
      // A destination options header before the segment.
      let options: [UInt8] = [6, 0, 1, 4, 0, 0, 0, 0]
      return [0x60, 0, 0, 0] + big(UInt16(options.count + tcp.count)) + [60, 64] + prefix + [source.host] + prefix
        + [destination.host] + options + tcp
    }
    return [0x45, 0] + big(UInt16(20 + tcp.count)) + [0, 0] + big(fragment) + [64, 6, 0, 0, 10, 0, 0, source.host]
      + [10, 0, 0, destination.host] + tcp
  }

  /// What a link type puts before an IP packet.
  static func link(_ type: UInt32, isVersion6: Bool = false) -> [UInt8] {
    let protocolType: [UInt8] = isVersion6 ? [0x86, 0xdd] : [0x08, 0x00]
    switch type {
    case 0: return [2, 0, 0, 0]
    case 1: return [UInt8](repeating: 7, count: 12) + [0x81, 0x00, 0, 5] + protocolType
    case 113: return [UInt8](repeating: 0, count: 14) + protocolType
    case 276: return protocolType + [UInt8](repeating: 0, count: 18)
    default: return []
    }
  }

  // MARK: Files

  static func pcap(_ packets: [Packet], linkType: UInt32, isLittleEndian: Bool, isNano: Bool) -> [UInt8] {
    func number<N: FixedWidthInteger>(_ value: N) -> [UInt8] { isLittleEndian ? big(value).reversed() : big(value) }
    var file = number(isNano ? UInt32(0xa1b2_3c4d) : 0xa1b2_c3d4) + number(UInt16(2)) + number(UInt16(4))
    file += number(UInt32(0)) + number(UInt32(0)) + number(UInt32(262144)) + number(linkType)
    for packet in packets {
      let kept = Array(packet.bytes.prefix(packet.kept ?? packet.bytes.count))
      file += number(UInt32(packet.time / 1_000_000_000))
      file += number(UInt32(packet.time % 1_000_000_000 / (isNano ? 1 : 1000)))
      file += number(UInt32(kept.count)) + number(UInt32(packet.bytes.count)) + kept
    }
    return file
  }

  /// With an unknown block in between and, where asked for, a block that tells of losses.
  static func pcapng(
    _ packets: [Packet], linkType: UInt32, isLittleEndian: Bool, resolution: UInt8? = nil, dropped: UInt64? = nil,
    isSimple: Bool = false, lostBefore: UInt64? = nil
  ) -> [UInt8] {
    func number<N: FixedWidthInteger>(_ value: N) -> [UInt8] { isLittleEndian ? big(value).reversed() : big(value) }
    func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
      let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
      let length = number(UInt32(padded.count + 12))
      return number(type) + length + padded + length
    }
    func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
      number(code) + number(UInt16(value.count)) + value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }
    var file = block(
      0x0a0d_0d0a,
      number(UInt32(0x1a2b_3c4d)) + number(UInt16(1)) + number(UInt16(0)) + number(Int64(-1)))
    let options = resolution.map { option(9, [$0]) + option(0, []) } ?? []
    file += block(1, number(UInt16(linkType)) + number(UInt16(0)) + number(UInt32(0)) + options)
    file += block(0x0bad_cafe, [1, 2, 3])
    for packet in packets {
      let kept = Array(packet.bytes.prefix(packet.kept ?? packet.bytes.count))
      guard !isSimple else {
        file += block(3, number(UInt32(packet.bytes.count)) + kept)
        continue
      }
      let units: UInt64 =
        switch resolution {
        case 9: packet.time
        case 0x94: ((packet.time / 1_000_000_000) << 20) + ((packet.time % 1_000_000_000) << 20) / 1_000_000_000
        default: packet.time / 1000
        }
      let padding = [UInt8](repeating: 0, count: (4 - kept.count % 4) % 4)
      let loss = lostBefore.map { padding + option(4, number($0)) + option(0, []) } ?? []
      file += block(
        6,
        number(UInt32(0)) + number(UInt32(units >> 32)) + number(UInt32(truncatingIfNeeded: units))
          + number(UInt32(kept.count)) + number(UInt32(packet.bytes.count)) + kept + loss)
    }
    if let dropped {
      file += block(5, number(UInt32(0)) + number(UInt64(0)) + option(5, number(dropped)) + option(0, []))
    }
    return file
  }

  static func big<N: FixedWidthInteger>(_ value: N) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

/// A TLS connection between two hosts, as packets.
struct Conversation {
  var client: (host: UInt8, port: UInt16) = (1, 50000)
  var server: (host: UInt8, port: UInt16) = (2, 4001)
  var linkType: UInt32 = 1
  var isVersion6 = false
  private(set) var packets: [CaptureBuilder.Packet] = []
  private var time: UInt64 = 1_700_000_000_000_000_000
  private var clientSequence: UInt32
  private var serverSequence: UInt32

  /// - Parameter sequence: where the client's sequence numbers begin: they may pass their end.
  init(
    sequence: UInt32 = 1000, linkType: UInt32 = 1, isVersion6: Bool = false, clientPort: UInt16 = 50000,
    serverPort: UInt16 = 4001
  ) {
    (clientSequence, serverSequence) = (sequence, 77)
    (client.port, server.port) = (clientPort, serverPort)
    self.linkType = linkType
    self.isVersion6 = isVersion6
    add(fromClient: true, flags: 2, acknowledges: false)
    clientSequence &+= 1
    add(fromClient: false, flags: 2)
    serverSequence &+= 1
  }

  /// A record's header, and as much content as it says.
  static func record(_ type: UInt8, _ bytes: Int) -> [UInt8] {
    [type, 3, 3] + CaptureBuilder.big(UInt16(bytes - 5)) + [UInt8](repeating: 0xee, count: bytes - 5)
  }

  /// A client's hello with an application protocol, in a record.
  static func hello(_ name: String) -> [UInt8] {
    let alpn = [UInt8(name.utf8.count)] + Array(name.utf8)
    let list = CaptureBuilder.big(UInt16(alpn.count)) + alpn
    let extensions =
      CaptureBuilder.big(UInt16(43)) + CaptureBuilder.big(UInt16(3)) + [2, 3, 4] + CaptureBuilder.big(UInt16(16))
      + CaptureBuilder.big(UInt16(list.count)) + list
    let body: [UInt8] =
      [3, 3] + [UInt8](repeating: 9, count: 32) + [4, 1, 2, 3, 4] + [0, 2, 0x13, 1] + [1, 0]
      + CaptureBuilder.big(UInt16(extensions.count)) + extensions
    let message: [UInt8] = [1, 0] + CaptureBuilder.big(UInt16(body.count)) + body
    return [22, 3, 1] + CaptureBuilder.big(UInt16(message.count)) + message
  }

  /// The flights of a handshake; the sizes of the client's certificate, the server's, and its session tickets.
  mutating func shakeHands(
    _ name: String = "tacet/1", certificates: (client: Int, server: Int) = (850, 900), tickets: Int = 300
  ) {
    send(Self.hello(name))
    reply(Self.record(22, 127) + Self.record(20, 6) + Self.record(23, certificates.server))
    send(Self.record(20, 6) + Self.record(23, certificates.client))
    reply(Self.record(23, tickets))
  }

  mutating func send(_ bytes: [UInt8], after milliseconds: Double = 1) {
    time += UInt64(milliseconds * 1e6)
    add(fromClient: true, payload: bytes)
    clientSequence &+= UInt32(bytes.count)
  }

  mutating func reply(_ bytes: [UInt8], after milliseconds: Double = 1) {
    time += UInt64(milliseconds * 1e6)
    add(fromClient: false, payload: bytes)
    serverSequence &+= UInt32(bytes.count)
  }

  /// One request and its reply, of so many bytes on the wire.
  mutating func exchange(_ request: Int = 1046, _ answer: Int = 1046, latency: Double = 20) {
    send(Self.record(23, request), after: 30)
    reply(Self.record(23, answer), after: latency)
  }

  /// Both sides close.
  mutating func close() {
    send(Self.record(23, 24))
    reply(Self.record(23, 24))
    add(fromClient: true, flags: 1)
  }

  /// One side says that it has said all.
  mutating func finish(fromClient: Bool) { add(fromClient: fromClient, flags: 1) }

  private mutating func add(fromClient: Bool, flags: UInt8 = 0, acknowledges: Bool = true, payload: [UInt8] = []) {
    let bytes = CaptureBuilder.segment(
      from: fromClient ? client : server, to: fromClient ? server : client,
      sequence: fromClient ? clientSequence : serverSequence,
      acknowledgement: acknowledges ? (fromClient ? serverSequence : clientSequence) : nil, flags: flags,
      payload: payload, isVersion6: isVersion6)
    packets.append(
      CaptureBuilder.Packet(time: time, bytes: CaptureBuilder.link(linkType, isVersion6: isVersion6) + bytes))
  }
}
