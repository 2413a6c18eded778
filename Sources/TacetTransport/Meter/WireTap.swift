package import NIOCore

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
    let view = unwrapInboundIn(data).readableBytesView
    let records = received.scan(view)
    let warm = isWarm
    meter.update { $0.received.add(bytes: view.count, records: warm ? records : []) }
    if !records.isEmpty { observer?(false, records) }
    context.fireChannelRead(data)
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let view = unwrapOutboundIn(data).readableBytesView
    let records = sent.scan(view)
    let warm = isWarm
    meter.update { $0.sent.add(bytes: view.count, records: warm ? records : []) }
    if !records.isEmpty { observer?(true, records) }
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
