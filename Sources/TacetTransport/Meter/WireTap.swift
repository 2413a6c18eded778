package import NIOCore

/// Sits below TLS in a connection and reports to a ``WireMeter``.
package final class WireTap: ChannelDuplexHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  private let meter: WireMeter
  private var received = TLSRecordScanner()
  private var sent = TLSRecordScanner()
  package private(set) var isWarm = false

  package init(meter: WireMeter) {
    self.meter = meter
    meter.update { $0.connections += 1 }
  }

  /// From now on records are counted by size.
  package func warmUp() { isWarm = true }

  /// Counts a message from the peer.
  package func receivedFrame() { meter.update { $0.received.frames += 1 } }

  /// Counts a message to the peer.
  package func sentFrame() { meter.update { $0.sent.frames += 1 } }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count(unwrapInboundIn(data), by: &received, in: \.received)
    context.fireChannelRead(data)
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    count(unwrapOutboundIn(data), by: &sent, in: \.sent)
    context.write(data, promise: promise)
  }

  private func count(
    _ bytes: ByteBuffer, by scanner: inout TLSRecordScanner,
    in direction: WritableKeyPath<WireMeter.Snapshot, WireMeter.Direction>
  ) {
    let isWarm = isWarm
    meter.update { snapshot in
      snapshot[keyPath: direction].bytes += bytes.readableBytes
      bytes.withUnsafeReadableBytes { view in
        scanner.scan(view) { if isWarm { snapshot[keyPath: direction].add($0) } }
      }
    }
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
