/// A packet of a capture.
struct CapturedPacket: Hashable, Sendable {
  /// What is below the network layer, by the registry of tcpdump's link types.
  let linkType: UInt32
  /// Nanoseconds since 1970.
  let time: Int64
  /// From the link layer on.
  let bytes: [UInt8]
  /// Whether the packet was longer than what was kept of it.
  let isCut: Bool
  /// Whether the capture says when it passed.
  var isTimed = true
  /// So many packets before it were lost.
  var lostBefore: UInt64 = 0
}

/// Something in a capture file.
enum CaptureEvent: Hashable, Sendable {
  case packet(CapturedPacket)
  /// So many packets were lost before they could be written.
  case dropped(UInt64)
}
