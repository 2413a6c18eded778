internal import Foundation
internal import NIOCore

/// First in every connection: closes it when its first byte is late, and later when nothing has come from the caller for too long.
///
/// gRPC's own end of an idle connection waits for the caller's leave, and would wait for ever for one that says nothing.
final class SilenceGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let greeting: TimeAmount
  private let silence: TimeAmount
  private var lastRead: NIODeadline?
  private var timer: Scheduled<Void>?

  init(greeting: Duration, silence: Duration) {
    self.greeting = TimeAmount(greeting)
    self.silence = TimeAmount(silence)
  }

  func handlerAdded(context: ChannelHandlerContext) { check(after: greeting, context) }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
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
