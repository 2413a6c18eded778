internal import Foundation
package import NIOCore

/// First in every connection of a gRPC server: closes it when its first byte is late, and later when nothing has come from the peer for too long.
///
/// gRPC's own end of an idle connection waits for the peer's leave, and would wait for ever for one that says nothing.
package final class SilenceGate: ChannelInboundHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer

  private let greeting: TimeAmount
  private let silence: TimeAmount
  private var lastRead: NIODeadline?
  private var timer: Scheduled<Void>?

  /// - Parameters:
  ///   - greeting: from now to the first byte.
  ///   - silence: from one byte to the next; a peer that lives can be asked for one by a ping.
  package init(greeting: Duration, silence: Duration) {
    self.greeting = TimeAmount(greeting)
    self.silence = TimeAmount(silence)
  }

  package func handlerAdded(context: ChannelHandlerContext) { check(after: greeting, context) }

  package func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastRead = .now()
    context.fireChannelRead(data)
  }

  private func check(after time: TimeAmount, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: time) {
      let (gate, context) = bound.value
      guard let lastRead = gate.lastRead else { return context.close(promise: nil) }
      let left = lastRead + gate.silence - .now()
      guard left > .zero else { return context.close(promise: nil) }
      gate.check(after: left, context)
    }
  }
}
