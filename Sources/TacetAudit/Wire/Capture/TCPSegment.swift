#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A TCP segment (RFC 9293) with the addresses it travelled between.
struct TCPSegment: Hashable, Sendable {
  /// `HOST:PORT`, IPv6 in brackets.
  let source: String
  let destination: String
  let sequence: UInt32
  let acknowledgement: UInt32?
  let isSYN: Bool
  let isFIN: Bool
  let isRST: Bool
  let payload: ArraySlice<UInt8>

  /// What a packet turned out to be.
  enum Reading: Hashable, Sendable {
    case segment(TCPSegment)
    /// A fragment of an IP packet; these are not put together.
    case fragment
    /// Of a kind that is not read, or not whole: what it carries may be a connection's.
    case unread
    /// Nothing of a TCP connection.
    case other
  }

  /// Reads a packet by its link type: Ethernet with VLAN tags (1), BSD loopback (0, 108), raw IP (12, 14, 101, 228, 229), Linux cooked
  /// (113, 276).
  static func read(_ packet: CapturedPacket) -> Reading {
    var cursor = ByteCursor(packet.bytes)
    switch packet.linkType {
    case 0, 108: return cursor.skip(4) ? network(cursor) : .unread
    case 1: return cursor.skip(12) ? tagged(cursor) : .unread
    case 12, 14, 101, 228, 229: return network(cursor)
    case 113: return cursor.skip(14) ? tagged(cursor) : .unread
    case 276:
      guard let type = cursor.short(), cursor.skip(18) else { return .unread }
      return carried(type, cursor)
    default: return .unread
    }
  }

  /// Types of frames with other packets inside: MPLS, PPPoE, provider backbones, TRILL, MACsec, tunnelled Ethernet, service chains.
  private static let envelopes: Set<UInt16> = [
    0x22f3, 0x6558, 0x8847, 0x8848, 0x8864, 0x88be, 0x88e5, 0x88e7, 0x894f,
  ]
  /// VLAN tags, of customers and providers.
  private static let tags: Set<UInt16> = [0x8100, 0x88a8, 0x9100, 0x9200]
  /// Protocols of IP with other packets inside: IP, GRE, IPsec, EtherIP, L2TP, MPLS.
  private static let tunnels: Set<UInt8> = [4, 41, 47, 50, 51, 94, 97, 98, 115, 137]

  /// From the type of an Ethernet frame on.
  private static func tagged(_ cursor: ByteCursor) -> Reading {
    var cursor = cursor
    var type = cursor.short()
    var count = 0
    while let tag = type, tags.contains(tag), count < 4 {
      guard cursor.skip(2) else { return .unread }
      type = cursor.short()
      count += 1
    }
    return type.map { carried($0, cursor) } ?? .unread
  }

  /// What a frame of a type carries.
  private static func carried(_ type: UInt16, _ cursor: ByteCursor) -> Reading {
    switch type {
    case 0x0800, 0x86dd: network(cursor)
    case _ where envelopes.contains(type) || tags.contains(type): .unread
    default: .other
    }
  }

  private static func network(_ cursor: ByteCursor) -> Reading {
    switch cursor.rest.first.map({ $0 >> 4 }) {
    case 4: return version4(cursor)
    case 6: return version6(cursor)
    default: return .unread
    }
  }

  private static func version4(_ cursor: ByteCursor) -> Reading {
    var cursor = cursor
    guard let first = cursor.byte(), cursor.skip(1), let length = cursor.short(), cursor.skip(2),
      let fragment = cursor.short(), cursor.skip(1), let transport = cursor.byte(), cursor.skip(2),
      let source = cursor.take(4), let destination = cursor.take(4), cursor.skip(Int(first & 15) * 4 - 20)
    else { return .unread }
    guard transport == 6 else { return tunnels.contains(transport) ? .unread : .other }
    guard fragment & 0x3fff == 0 else { return .fragment }
    // A length of 0 is what segmentation offload leaves of one beyond 65,535.
    let end = length == 0 ? cursor.rest.count : Int(length) - Int(first & 15) * 4
    guard end >= 0 else { return .unread }
    return transportLayer(cursor.rest.prefix(end), from: text(source, AF_INET), to: text(destination, AF_INET))
  }

  private static func version6(_ cursor: ByteCursor) -> Reading {
    var cursor = cursor
    guard cursor.skip(4), let length = cursor.short(), var next = cursor.byte(), cursor.skip(1),
      let source = cursor.take(16), let destination = cursor.take(16)
    else { return .unread }
    var rest = ByteCursor(length == 0 ? cursor.rest : cursor.rest.prefix(Int(length)))
    // Hop-by-hop options, routing, destination options: each names what follows and its own length in eights.
    while [0, 43, 60].contains(next) {
      guard let following = rest.byte(), let eights = rest.byte(), rest.skip(6 + Int(eights) * 8)
      else { return .unread }
      next = following
    }
    if next == 44 { return .fragment }
    guard next == 6 else { return tunnels.contains(next) ? .unread : .other }
    return transportLayer(rest.rest, from: text(source, AF_INET6), to: text(destination, AF_INET6))
  }

  private static func transportLayer(
    _ bytes: ArraySlice<UInt8>, from source: String, to destination: String
  ) -> Reading {
    var cursor = ByteCursor(bytes)
    guard let sourcePort = cursor.short(), let destinationPort = cursor.short(), let sequence = cursor.word(),
      let acknowledgement = cursor.word(), let offset = cursor.byte(), let flags = cursor.byte(), cursor.skip(6),
      cursor.skip(Int(offset >> 4) * 4 - 20)
    else { return .unread }
    return .segment(
      TCPSegment(
        source: "\(source):\(sourcePort)", destination: "\(destination):\(destinationPort)", sequence: sequence,
        acknowledgement: flags & 16 == 0 ? nil : acknowledgement, isSYN: flags & 2 != 0, isFIN: flags & 1 != 0,
        isRST: flags & 4 != 0, payload: cursor.rest))
  }

  private static func text(_ address: ArraySlice<UInt8>, _ family: Int32) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let bytes = Array(address)
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
    let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return family == AF_INET6 ? "[\(name)]" : name
  }
}
