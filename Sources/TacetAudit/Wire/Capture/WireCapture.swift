package import Foundation

/// The TLS connections of a capture, and what the capture lacks.
package struct WireCapture: Sendable {
  /// The most connections that are followed.
  static let mostFlows = 100_000

  let flows: [CapturedFlow]
  /// Packets read.
  package let packets: Int
  /// Packets that the capturing lost.
  package let dropped: UInt64
  /// IP fragments, which are not put together.
  package let fragments: Int
  /// Packets of a kind that is not read.
  package let unread: Int
  /// Packets that were not kept whole.
  package let cut: Int
  /// Packets without a time.
  package let untimed: Int
  /// Segments of connections beyond the number that is followed.
  package let unfollowed: Int

  /// Reads a file, pcap or pcapng.
  /// - Throws: ``CaptureError``.
  package static func read(_ file: URL) throws(CaptureError) -> WireCapture {
    var reader = try CaptureReader(file)
    var collector = FlowCollector()
    var (packets, dropped, fragments, unread, cut, untimed) = (0, UInt64(0), 0, 0, 0, 0)
    while let event = try reader.next() {
      switch event {
      case .dropped(let count): dropped = dropped.addingReportingOverflow(count).partialValue
      case .packet(let packet):
        packets += 1
        dropped = dropped.addingReportingOverflow(packet.lostBefore).partialValue
        if packet.isCut { cut += 1 }
        if !packet.isTimed { untimed += 1 }
        switch TCPSegment.read(packet) {
        case .segment(let segment): collector.take(segment, time: packet.time)
        case .fragment: fragments += 1
        case .unread: unread += 1
        case .other: break
        }
      }
    }
    return WireCapture(
      flows: collector.flows, packets: packets, dropped: dropped, fragments: fragments, unread: unread, cut: cut,
      untimed: untimed, unfollowed: collector.unfollowed)
  }
}

/// Sorts segments by connection.
private struct FlowCollector {
  private struct Connection {
    var client: String
    var server: String
    var hasBegun = false
    var fromClient = RecordStream()
    var fromServer = RecordStream()
    var initialSequence: UInt32?
    var closer: CapturedFlow.Side?
    var closed: Int64?
  }

  private struct Pair: Hashable {
    let first: String
    let second: String

    init(_ segment: TCPSegment) {
      (first, second) =
        segment.source < segment.destination
        ? (segment.source, segment.destination) : (segment.destination, segment.source)
    }
  }

  private var connections: [Connection] = []
  /// The last connection of each pair of addresses.
  private var latest: [Pair: Int] = [:]
  private var end = Int64.min
  private(set) var unfollowed = 0

  mutating func take(_ segment: TCPSegment, time: Int64) {
    end = max(end, time)
    let pair = Pair(segment)
    let opens = segment.isSYN && segment.acknowledgement == nil
    var known = latest[pair]
    // A port that is used again.
    if let index = known, opens, connections[index].initialSequence != segment.sequence { known = nil }
    guard let index = known ?? begin(segment, pair, opens: opens) else { return unfollowed += 1 }
    let isFromClient = segment.source == connections[index].client
    if segment.isFIN || segment.isRST, connections[index].closer == nil {
      connections[index].closer = isFromClient ? .client : .server
      connections[index].closed = time
    }
    if segment.isSYN {
      if isFromClient {
        connections[index].fromClient.assembler.begin(sequence: segment.sequence)
      } else {
        connections[index].fromServer.assembler.begin(sequence: segment.sequence)
      }
      return
    }
    if isFromClient {
      if let number = segment.acknowledgement { connections[index].fromServer.assembler.acknowledge(number) }
      connections[index].fromClient.append(segment, time: time)
    } else {
      if let number = segment.acknowledgement { connections[index].fromClient.assembler.acknowledge(number) }
      connections[index].fromServer.append(segment, time: time)
    }
  }

  private mutating func begin(_ segment: TCPSegment, _ pair: Pair, opens: Bool) -> Int? {
    guard connections.count < WireCapture.mostFlows else { return nil }
    // Of one that was under way before the capture, the one asked has the lower port, as a rule.
    let isClient = opens || !(segment.isSYN || Self.port(segment.source) < Self.port(segment.destination))
    connections.append(
      Connection(
        client: isClient ? segment.source : segment.destination,
        server: isClient ? segment.destination : segment.source, hasBegun: segment.isSYN,
        initialSequence: opens ? segment.sequence : nil))
    latest[pair] = connections.count - 1
    return connections.count - 1
  }

  private static func port(_ address: String) -> Int { Int(address.split(separator: ":").last ?? "") ?? 0 }

  /// The connections on which something was said.
  var flows: [CapturedFlow] {
    connections.compactMap { connection in
      let (requests, replies) = (connection.fromClient, connection.fromServer)
      guard !requests.beginning.isEmpty || !replies.beginning.isEmpty else { return nil }
      var flow = CapturedFlow(client: connection.client, server: connection.server)
      (flow.closer, flow.closed, flow.captureEnd) = (connection.closer, connection.closed, end)
      flow.applicationProtocols = ClientHello(requests.beginning)?.applicationProtocols
      (flow.requests, flow.replies) = (requests.records, replies.records)
      if !requests.assembler.hasBegun || !replies.assembler.hasBegun {
        flow.gaps.append("its beginning is not in the capture")
      } else if !requests.isTLS || requests.isBroken || replies.isBroken {
        flow.violations.append("not all that passes is TLS")
      }
      if requests.assembler.hasGap { flow.gaps.append("bytes of the client are not in the capture") }
      if replies.assembler.hasGap { flow.gaps.append("bytes of the server are not in the capture") }
      return flow
    }
  }
}
