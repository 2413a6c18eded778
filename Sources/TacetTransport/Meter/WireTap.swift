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
    let view = unwrapInboundIn(data).readableBytesView
    let records = received.scan(view)
    let warm = isWarm
    meter.update { $0.received.add(bytes: view.count, records: warm ? records : []) }
    context.fireChannelRead(data)
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let view = unwrapOutboundIn(data).readableBytesView
    let records = sent.scan(view)
    let warm = isWarm
    meter.update { $0.sent.add(bytes: view.count, records: warm ? records : []) }
    context.write(data, promise: promise)
  }
}

extension WireMeter.Direction {
  fileprivate mutating func add(bytes: Int, records: [TLSRecordScanner.Record]) {
    self.bytes += bytes
    for record in records {
      if record.type == 23 {
        recordSizes[record.bytes, default: 0] += 1
      } else {
        otherRecords += 1
      }
    }
  }
}
