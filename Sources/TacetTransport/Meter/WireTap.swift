package import NIOCore
package import TacetWire

/// Sits below TLS in a connection and reports to a ``WireMeter``.
package final class WireTap: ChannelDuplexHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  /// Told of the records of a direction as they pass: whether they are sent, and what they are.
  package typealias Observer = (_ isSent: Bool, _ records: [TLSRecordScanner.Record]) -> Void

  private let meter: WireMeter
  private let observer: Observer?
  private var received = TLSRecordScanner()
  private var sent = TLSRecordScanner()
  package private(set) var isWarm = false

  /// - Parameter observer: called on the connection's event loop, when a record's header passes.
  package init(meter: WireMeter, observer: Observer? = nil) {
    self.meter = meter
    self.observer = observer
    meter.update { $0.connections += 1 }
  }

  /// From now on records are counted by size.
  package func warmUp() { isWarm = true }

  /// Counts a message from the peer.
  package func receivedFrame() { meter.update { $0.received.frames += 1 } }

  /// Counts a message to the peer.
  package func sentFrame() { meter.update { $0.sent.frames += 1 } }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count(unwrapInboundIn(data), by: &received, in: \.received, isSent: false)
    context.fireChannelRead(data)
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    count(unwrapOutboundIn(data), by: &sent, in: \.sent, isSent: true)
    context.write(data, promise: promise)
  }

  private func count(
    _ bytes: ByteBuffer, by scanner: inout TLSRecordScanner,
    in direction: WritableKeyPath<WireMeter.Snapshot, WireMeter.Direction>, isSent: Bool
  ) {
    let isWarm = isWarm
    var seen: [TLSRecordScanner.Record] = []
    meter.update { snapshot in
      snapshot[keyPath: direction].bytes += bytes.readableBytes
      bytes.withUnsafeReadableBytes { view in
        scanner.scan(view) {
          if isWarm { snapshot[keyPath: direction].add($0) }
          if observer != nil { seen.append($0) }
        }
      }
    }
    if !seen.isEmpty { observer?(isSent, seen) }
  }
}

extension WireMeter.Direction {
  fileprivate mutating func add(_ record: TLSRecordScanner.Record) {
    if record.type == 23 {
      recordSizes[record.bytes, default: 0] += 1
    } else {
      otherRecords += 1
    }
  }
}
